import * as vscode from 'vscode';
import { PermafrostError } from '../../core/errors.ts';
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
    const window = windowIn(context, address.window);
    if (window === undefined) tellGone();
    // What is to be brought back is not the window that happens to be open.
    if (options.state !== 'archived' || window?.archived === true) return window && { context, window };
  }
  const context = await contexts.open();
  const window = await pickWindow(context, options);
  return window && { context, window };
}

/** A window, also one that was deleted and can be brought back; undefined when it is gone for good. */
function windowIn({ windows }: OpenContext, windowId: string): WindowSummary | undefined {
  try {
    return windows.summary({ windowId });
  } catch (thrown) {
    if (thrown instanceof PermafrostError && thrown.code === 'PF-2003') return undefined;
    throw thrown;
  }
}

function tellGone(): void {
  void vscode.window.showInformationMessage(
    'The window of this page was deleted permanently. It cannot be brought back.',
  );
}
