import { nameTaken } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import type { Transaction } from '../store/transaction.ts';
import { loadMessages } from './kept.ts';
import { isTaken } from './naming.ts';
import { searchedFacts, searchedWords } from './searched.ts';
import type { WindowSummary } from './window.ts';
import { windowIdOf, windowSummary, type WindowName } from './windowRows.ts';

/** What people may change of a window; what is left out stays as it is. The content never changes. */
export interface WindowChange {
  readonly name?: string | undefined;
  /** Null takes it away. */
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Renames, describes or tags a window. @throws PF-2003 when it is not there, PF-3002 when the name is taken. */
export function changeWindow(
  tx: Transaction,
  blobs: Blobs,
  named: WindowName,
  { name, description, tags }: WindowChange,
): WindowSummary {
  const window = windowSummary(tx, windowIdOf(tx, named));
  const changed = {
    ...window,
    name: name ?? window.name,
    description: description === undefined ? window.description : description,
    tags: tags === undefined ? window.tags : [...new Set(tags)],
  };
  if (changed.name !== window.name && !window.archived && isTaken(tx, changed.name))
    throw nameTaken(changed.name);
  keepSaid(tx, blobs, window.id);
  tx.run('UPDATE windows SET name = ?, description = ?, tags = ?, search = ? WHERE id = ?', [
    changed.name,
    changed.description,
    JSON.stringify(changed.tags),
    searchedFacts(changed),
    window.id,
  ]);
  return windowSummary(tx, window.id);
}

/** A window of an earlier version has what was said among the facts that searches read, which are written anew. */
function keepSaid(tx: Transaction, blobs: Blobs, id: string): void {
  const row = tx.first('SELECT messages FROM windows WHERE id = ? AND said IS NULL AND content_of IS NULL', [
    id,
  ]);
  if (row === undefined) return;
  tx.run('UPDATE windows SET said = ? WHERE id = ?', [searchedWords(loadMessages(blobs, row)), id]);
}
