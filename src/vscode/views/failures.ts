import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import { commandId, type CommandName } from '../contributions/commands.ts';

/** Which command takes the next step after an error. */
const NEXT_STEP: Partial<Record<string, { readonly label: string; readonly command: CommandName }>> = {
  'PF-5001': { label: 'Open Settings', command: 'openSettings' },
  'PF-8001': { label: 'Set API Key', command: 'setApiKey' },
  'PF-8004': { label: 'Check Connection', command: 'checkConnection' },
};

/** Tells the person of a failure, once, with the next step; a cancelled call was their own doing and is quiet. */
export async function showFailure(thrown: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const error = asPermafrostError(thrown);
  if (error.code === 'PF-6002') return;
  log.error(error.sentence, error.cause ?? '');
  const next = NEXT_STEP[error.code] ?? { label: 'Show Log', command: 'showLog' };
  const chosen = await vscode.window.showErrorMessage(error.sentence, next.label);
  if (chosen !== undefined) await vscode.commands.executeCommand(commandId(next.command));
}
