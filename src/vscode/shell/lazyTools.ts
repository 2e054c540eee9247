import * as vscode from 'vscode';
import type { UseEngine } from './useEngine.ts';

type Prepare = vscode.LanguageModelToolInvocationPrepareOptions<object>;
type Invoke = vscode.LanguageModelToolInvocationOptions<object>;

/** What the engine does for agents that call a tool by its name in package.json. */
export interface LanguageModelTools {
  readonly prepare: (name: string, options: Prepare) => vscode.PreparedToolInvocation;
  readonly invoke: (
    name: string,
    options: Invoke,
    token: vscode.CancellationToken,
  ) => Promise<vscode.LanguageModelToolResult>;
}

/** Offers the tools that package.json declares under `names` to every agent of the editor. */
export function registerTools(names: readonly string[], engine: UseEngine): vscode.Disposable {
  const registered = names.map((name) =>
    vscode.lm.registerTool<object>(name, {
      prepareInvocation: async (options) => (await engine()).tools.prepare(name, options),
      invoke: async (options, token) => (await engine()).tools.invoke(name, options, token),
    }),
  );
  return vscode.Disposable.from(...registered);
}
