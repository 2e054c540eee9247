import * as vscode from 'vscode';
import { known } from '../../core/known.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { pickWindow, type WindowPickOptions } from './pickWindow.ts';
import { isWindowNode } from './windowTree.ts';
import { WINDOW_SCHEME, windowAddressIn } from './windowUri.ts';

/** The window that a command is about. */
export interface WindowTarget {
  readonly context: OpenContext;
  readonly window: WindowSummary;
}

/** The window of the row or the page that a command was called on, else of the page that is open, else a picked one. */
export async function windowTarget(
  contexts: Contexts,
  called: unknown,
  options: WindowPickOptions,
): Promise<WindowTarget | undefined> {
  if (isWindowNode(called))
    return { context: await contexts.openById(called.context), window: called.window };
  const uri = called instanceof vscode.Uri ? called : vscode.window.activeTextEditor?.document.uri;
  const address = uri?.scheme === WINDOW_SCHEME ? windowAddressIn(uri) : undefined;
  if (address !== undefined) {
    const context = await contexts.openById(address.context);
    // Also one that was deleted and can be brought back.
    const window = known(() => context.windows.summary({ windowId: address.window }));
    if (window === undefined) tellGone();
    // What is to be brought back is not the window that happens to be open.
    if (options.state !== 'archived' || window?.archived === true) return window && { context, window };
  }
  const context = await contexts.open();
  const window = await pickWindow(context, options);
  return window && { context, window };
}

function tellGone(): void {
  void vscode.window.showInformationMessage(
    'The window of this page was deleted permanently. It cannot be brought back.',
  );
}
