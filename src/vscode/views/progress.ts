import * as vscode from 'vscode';
import { abortedBy } from './cancellation.ts';

/** Shows that `work` is going on, with a button that cancels it. */
export function withProgress<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (_progress, token) => abortedBy(token, work));
}
