import { number, optional } from '../store/row.ts';
import type { Row } from '../store/sqlView.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Draft } from './draft.ts';
import type { Change, NewMemory } from './memory.ts';
import { rowOf, type StoredContent } from './rows.ts';

/** What a memory gets that is not in what it says. */
interface Birth {
  readonly row: number;
  readonly id: string;
  readonly stored: StoredContent;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The columns of a memory, in the order of the statement that inserts it. */
const COLUMNS = [
  'row', 'id', 'title', 'tier', 'tags', 'source', 'content', 'blob', 'size',
  'version', 'change', 'created_at', 'updated_at', 'updated_commit', 'archived_at',
] as const; // prettier-ignore

/** Content is cast, since it can be long: see `SqlView`. */
const VALUES = COLUMNS.map((column) => (column === 'content' ? 'CAST(? AS TEXT)' : '?'));

const INSERT = `INSERT INTO memories (${COLUMNS.join(', ')}) VALUES (${VALUES.join(', ')})`;

/** The row that the next new memory gets: the one that SQLite would choose. */
export function nextRow(tx: Transaction): number {
  return 1 + (optional(number, tx.first('SELECT max(row) AS last FROM memories') ?? {}, 'last') ?? 0);
}

/**
 * Inserts a new memory with its tags, relations and anchors, and gives its row as it is now.
 * @throws PF-2001 when a relation points at a memory that is not there.
 */
export function insertMemory(tx: Transaction, memory: NewMemory, { row, id, stored, at }: Birth): Row {
  const tags = [...new Set(memory.tags)];
  const values = {
    row,
    id,
    title: memory.title,
    tier: memory.tier ?? 'long_term',
    tags: JSON.stringify(tags),
    source: memory.source ?? null,
    ...stored,
    version: 1,
    change: 'created',
    created_at: at,
    updated_at: at,
    updated_commit: tx.commit,
    archived_at: null,
  };
  tx.run(
    INSERT,
    COLUMNS.map((column) => values[column]),
  );
  insertTags(tx, row, tags);
  for (const { to, type } of memory.relations ?? []) {
    rowOf(tx, to);
    tx.run('INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)', [id, to, type, at]);
  }
  memory.anchors?.forEach((anchor, position) => {
    tx.run('INSERT INTO anchors VALUES (?, ?, ?)', [row, position, JSON.stringify(anchor)]);
  });
  return values;
}

/** Keeps what the memory was as a version and makes `draft` what it is. */
export function writeVersion(tx: Transaction, id: string, draft: Draft, change: Change, now: number): void {
  const memory = number(rowOf(tx, id), 'row');
  tx.run(
    `INSERT INTO memory_versions (memory, version, change, title, tier, tags, content, blob, size, at)
       SELECT row, version, change, title, tier, tags, content, blob, size, updated_at FROM memories WHERE row = ?`,
    [memory],
  );
  const { content, blob, size } = draft.stored;
  tx.run(
    `UPDATE memories SET title = ?, tier = ?, tags = ?, content = CAST(? AS TEXT), blob = ?, size = ?, version = version + 1,
         change = ?, updated_at = ?, updated_commit = ?, archived_at = ? WHERE row = ?`,
    [
        draft.title, draft.tier, JSON.stringify(draft.tags), content, blob, size,
        change, now, tx.commit, change === 'archived' ? now : null, memory,
      ], // prettier-ignore
  );
  tx.run('DELETE FROM memory_tags WHERE memory = ?', [memory]);
  insertTags(tx, memory, draft.tags);
}

function insertTags(tx: Transaction, memory: number, tags: readonly string[]): void {
  for (const tag of tags) tx.run('INSERT INTO memory_tags (memory, tag) VALUES (?, ?)', [memory, tag]);
}
