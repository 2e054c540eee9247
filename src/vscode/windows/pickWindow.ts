import * as vscode from 'vscode';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { shownWindows } from './shownWindows.ts';
import { factsOf } from './windowsView.ts';

export interface WindowPickOptions {
  readonly title: string;
  /** Offers those that were deleted and can be brought back, instead of the others. */
  readonly state?: 'archived';
}

/** Lets the person choose a frozen window. */
export async function pickWindow(
  context: OpenContext,
  { title, state }: WindowPickOptions,
): Promise<WindowSummary | undefined> {
  const windows = shownWindows(context, state);
  if (windows.length === 0) {
    void vscode.window.showInformationMessage(
      state === undefined
        ? 'No window is frozen in this folder yet.'
        : 'No window was deleted in this folder that could be brought back.',
    );
    return undefined;
  }
  const picks = windows.map((window) => ({
    label: window.name,
    description: factsOf(window),
    ...(window.description === null ? {} : { detail: window.description }),
    window,
  }));
  return (await vscode.window.showQuickPick(picks, { title, matchOnDescription: true, matchOnDetail: true }))
    ?.window;
}
