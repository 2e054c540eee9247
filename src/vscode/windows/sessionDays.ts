import * as vscode from 'vscode';

/** Days without a turn after which a session is over, as the settings say it; 0 for never, and for what is no number. */
export function sessionDays(): number {
  const days: unknown = vscode.workspace.getConfiguration('permafrost').get('sessions.expireAfterDays');
  return typeof days === 'number' && days > 0 ? days : 0;
}
