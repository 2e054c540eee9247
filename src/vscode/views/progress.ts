import * as vscode from 'vscode';
import { abortedBy } from './cancellation.ts';

export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows that `work` is going on, with a button that cancels it. */
export function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, progress: Progress) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) =>
    abortedBy(token, (signal) => work(signal, progress)),
  );
}
