import type { Transaction } from '../../store/transaction.ts';
import { deleteWindow } from '../deletion.ts';
import { surplus } from './decide.ts';
import type { AutoFreezePolicy } from './policy.ts';
import { archiveAutomatic, archivedBefore } from './rows.ts';
import type { AutomaticWindow } from './facts.ts';

/** How long a window that was archived by itself can be brought back, in milliseconds. */
const ARCHIVED_MS = 7 * 24 * 60 * 60_000;

/** Windows that one commit deletes at most, so that nobody waits for it; it adds one, so they never become more. */
const AT_ONCE = 20;

/**
 * Archives the windows that are more than the policy keeps, and deletes for good what was archived so a week ago. No
 * window that a person has touched, brought back or deleted.
 */
export function applyRetention(
  tx: Transaction,
  kept: readonly AutomaticWindow[],
  policy: AutoFreezePolicy,
  at: number,
): void {
  archiveAutomatic(tx, surplus(kept, policy), at);
  for (const windowId of archivedBefore(tx, at - ARCHIVED_MS, AT_ONCE))
    deleteWindow(tx, { windowId }, false, at);
}
