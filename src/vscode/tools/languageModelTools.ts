import * as vscode from 'vscode';
import { unknownTool } from '../../core/errors.ts';
import { runTool, type ReportInternal } from '../../tools/runTool.ts';
import type { Tool } from '../../tools/tool.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { languageModelToolName } from '../contributions/toolNames.ts';
import { abortedBy } from '../views/cancellation.ts';
import { confirmationFor, withBudget } from './toolCall.ts';

/** Gives the tools; they are not loaded before the first call, so that the editor starts fast. */
export type LoadTools = () => Promise<readonly Tool[]>;

/** Offers the tools that package.json declares under `names` to every agent of the editor. */
export function registerLanguageModelTools(
  names: readonly string[],
  load: LoadTools,
  contexts: Contexts,
  report: ReportInternal,
): vscode.Disposable {
  const registered = names.map((name) =>
    vscode.lm.registerTool(name, new LanguageModelTool(name, load, contexts, report)),
  );
  return vscode.Disposable.from(...registered);
}

class LanguageModelTool implements vscode.LanguageModelTool<object> {
  readonly #name: string;
  readonly #load: LoadTools;
  readonly #contexts: Contexts;
  readonly #report: ReportInternal;

  constructor(name: string, load: LoadTools, contexts: Contexts, report: ReportInternal) {
    this.#name = name;
    this.#load = load;
    this.#contexts = contexts;
    this.#report = report;
  }

  async prepareInvocation({
    input,
  }: vscode.LanguageModelToolInvocationPrepareOptions<object>): Promise<vscode.PreparedToolInvocation> {
    const tool = await this.#tool();
    const confirmationMessages = confirmationFor(tool, input);
    return {
      invocationMessage: `Permafrost: ${tool.title}`,
      ...(confirmationMessages === undefined ? {} : { confirmationMessages }),
    };
  }

  /** A refusal is an answer too, whose text begins with its code: the model reads it and takes the next step. */
  async invoke(
    { input, tokenizationOptions }: vscode.LanguageModelToolInvocationOptions<object>,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const { environment } = this.#contexts;
    const budgeted = withBudget(input, tokenizationOptions?.tokenBudget);
    const tool = await this.#tool();
    const { text } = await abortedBy(token, (signal) =>
      runTool(tool, budgeted, environment, this.#report, signal),
    );
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  }

  async #tool(): Promise<Tool> {
    const tools = await this.#load();
    const tool = tools.find((each) => languageModelToolName(each) === this.#name);
    if (tool === undefined) throw unknownTool(this.#name, tools.map(languageModelToolName));
    return tool;
  }
}
