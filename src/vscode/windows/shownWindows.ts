import { listWindows, type WindowState } from '../../core/windows/listWindows.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';

/** More than anybody scrolls through; `window_list` finds the others, and `/thaw` by their names. */
const SHOWN = 500;

/** The windows that the view and pick lists show, the last frozen first. */
export function shownWindows({ store }: Pick<OpenContext, 'store'>, state?: WindowState): WindowSummary[] {
  return listWindows(store, { limit: SHOWN, state }).windows;
}
