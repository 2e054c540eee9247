import { number, text } from '../store/row.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { Transaction } from '../store/transaction.ts';
import { deleteSessions } from './sessionRows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Sessions that one commit takes at most, so that nobody waits for it; the next commit takes more. */
const AT_ONCE = 200;

/**
 * Ends sessions in which nothing was said for `days`, and deletes those, with all that was said in them, that have been
 * over for as long again. Never one that is frozen, nor one that a window was made of, archived ones included.
 *
 * Both times are counted from what the clock said when something was written, so that a clock which jumps ahead ends
 * sessions early but deletes none of them: that takes a second look, so many days later by the same clock.
 * @param days 0 for never
 */
export function tidySessions(tx: Transaction, at: number, days: number): void {
  if (days <= 0) return;
  const before = at - days * DAY_MS;
  deleteSessions(tx, idle(tx, "s.state = 'expired'", before));
  const expired = idle(tx, "s.state IN ('active', 'thawed')", before);
  if (expired.length > 0) {
    tx.run(
      `UPDATE sessions SET state = 'expired', updated_at = ?, updated_commit = ?
       WHERE id IN (SELECT value FROM json_each(?))`,
      [at, tx.commit, JSON.stringify(expired.map(({ id }) => id))],
    );
  }
}

function idle(view: SqlReader, state: string, before: number): { row: number; id: string }[] {
  return view
    .all(
      `SELECT s.row, s.id FROM sessions s WHERE ${state} AND s.updated_at < ? AND s.frozen_as IS NULL
         AND NOT EXISTS (SELECT 1 FROM windows w WHERE w.session_id = s.id)
       ORDER BY s.updated_at, s.row LIMIT ${AT_ONCE}`,
      [before],
    )
    .map((row) => ({ row: number(row, 'row'), id: text(row, 'id') }));
}
