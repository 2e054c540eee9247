import * as vscode from 'vscode';
import { commandId, commandNames } from '../contributions/commands.ts';
import type { UseEngine } from './useEngine.ts';

/** Registers every declared command; the engine runs it. */
export function registerCommands(engine: UseEngine): vscode.Disposable {
  const registered = commandNames.map((name) =>
    vscode.commands.registerCommand(commandId(name), async (...menu: unknown[]) => {
      await (await engine()).run(name, menu);
    }),
  );
  return vscode.Disposable.from(...registered);
}
