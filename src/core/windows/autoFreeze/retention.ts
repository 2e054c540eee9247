import type { Transaction } from '../../store/transaction.ts';
import { deleteWindow } from '../deletion.ts';
import { surplus } from './decide.ts';
import type { AutoFreezePolicy } from './policy.ts';
import { archiveAutomatic, archivedBefore, automaticWindowsIn, lastFrozenBefore } from './rows.ts';

const DAY_MS = 24 * 60 * 60_000;

/** How long a window that was archived by itself can be brought back at least, in milliseconds. */
const ARCHIVED_MS = 7 * DAY_MS;

/** Windows that one commit deletes at most, so that nobody waits for it; it adds one, so they never become more. */
const AT_ONCE = 20;

/**
 * Archives the windows that are more than the policy keeps, and deletes for good what was archived so a week ago. No
 * window that a person has touched, brought back or deleted.
 *
 * That a week has passed is taken from a freeze of a day ago or more, and not from the clock as it is now: one that jumps
 * ahead, and is put right within a day, deletes nothing early.
 */
export function applyRetention(tx: Transaction, policy: AutoFreezePolicy, at: number): void {
  archiveAutomatic(tx, surplus(automaticWindowsIn(tx), policy), at);
  const seen = lastFrozenBefore(tx, at - DAY_MS);
  if (seen === undefined) return;
  for (const windowId of archivedBefore(tx, seen - ARCHIVED_MS, AT_ONCE))
    deleteWindow(tx, { windowId }, false, at);
}
