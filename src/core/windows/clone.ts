import { nameTaken } from '../errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { isTaken } from './naming.ts';
import { searchedFacts } from './searched.ts';
import type { WindowSummary } from './window.ts';
import { windowIdOf, windowSummary, type WindowName } from './windowRows.ts';

export interface CloneOptions {
  readonly name: string;
  /** That of the source when left out. */
  readonly description?: string | undefined;
}

/**
 * Makes another window of the same content, which is not stored again, and with the same salt, so that a server has
 * the blocks of both when it has those of one. From here on each goes its own way: the clone has its own name, tags and
 * thaws, and every thaw begins a session of its own. An archived window can be cloned by its id.
 * @throws PF-2003 when the source is not there, PF-3002 when the name is taken.
 */
export function cloneWindow(
  tx: Transaction,
  source: WindowName,
  { name, description }: CloneOptions,
  { id, at }: { readonly id: string; readonly at: number },
): WindowSummary {
  const window = windowSummary(tx, windowIdOf(tx, source));
  if (isTaken(tx, name)) throw nameTaken(name);
  const clone = { ...window, name, description: description ?? window.description };
  tx.run(
    `INSERT INTO windows (id, name, description, search, parent_id, content_of, messages, frozen_at, thawed_commit,
       thaw_count, tags, kind, session_id, model, endpoint, salt, template, server, notes, message_count, token_count,
       block_count)
     SELECT ?, ?, ?, ?, id, ifnull(content_of, row), x'', ?, 0,
       0, tags, kind, session_id, model, endpoint, salt, template, server, notes, message_count, token_count,
       block_count
     FROM windows WHERE id = ?`,
    [id, clone.name, clone.description, searchedFacts(clone), at, window.id],
  );
  return windowSummary(tx, id);
}
