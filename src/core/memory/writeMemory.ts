import { number, optional } from '../store/row.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Draft } from './draft.ts';
import type { Change, MemorySummary, NewMemory } from './memory.ts';
import { rowOf, type StoredContent } from './rows.ts';

/** A memory that is to be. */
export interface Birth {
  readonly memory: NewMemory;
  readonly id: string;
  readonly stored: StoredContent;
}

/**
 * In few words, since every commit has the text of its statements. What is cast is bound as bytes (see `SqlView`): text that
 * is long, and short text too that is another one for each memory.
 */
const INSERT = [
  'INSERT INTO memories (row, id, title, tier, tags, source, content, blob, size, created_at, updated_at,',
  'updated_commit, version, change) VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), ?, CAST(? AS TEXT), ?,',
  "CAST(? AS TEXT), ?, ?, ?, ?, ?, 1, 'created')",
].join(' ');

/** The tags of many new memories at once, in a third of the time. One such statement takes as long as some ten inserts. */
const INSERT_ALL_TAGS = `INSERT INTO memory_tags (memory, tag)
  SELECT m.row, t.value FROM memories m, json_each(m.tags) t WHERE m.row BETWEEN ? AND ?`;
const MANY = 10;

/**
 * Inserts new memories with their tags, relations and anchors, and gives them as they are now.
 * @param at milliseconds since 1970
 * @throws PF-2001 when a relation points at a memory that is not there.
 */
export function insertMemories(tx: Transaction, births: readonly Birth[], at: number): MemorySummary[] {
  const first = nextRow(tx);
  const created = births.map((birth, index) => insertMemory(tx, birth, first + index, at));
  if (births.length >= MANY) tx.run(INSERT_ALL_TAGS, [first, first + births.length - 1]);
  else created.forEach(({ tags }, index) => insertTags(tx, first + index, tags));
  return created;
}

/** The row that SQLite would choose for a new one. */
function nextRow(tx: Transaction): number {
  return 1 + (optional(number, tx.first('SELECT max(row) AS last FROM memories') ?? {}, 'last') ?? 0);
}

/** All but its tags. */
function insertMemory(
  tx: Transaction,
  { memory, id, stored }: Birth,
  row: number,
  at: number,
): MemorySummary {
  const { title, source, tier = 'long_term' } = memory;
  const tags = [...new Set(memory.tags)];
  const { content, blob, size } = stored;
  tx.run(INSERT, [
    row, id, title, tier, JSON.stringify(tags), source ?? null, content, blob, size, at, at, tx.commit,
  ]); // prettier-ignore
  for (const { to, type } of memory.relations ?? []) {
    rowOf(tx, to);
    tx.run('INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)', [id, to, type, at]);
  }
  memory.anchors?.forEach((anchor, position) => {
    tx.run('INSERT INTO anchors VALUES (?, ?, ?)', [row, position, JSON.stringify(anchor)]);
  });
  const created = { id, title, tags, tier, version: 1, size, createdAt: at, updatedAt: at, archived: false };
  return source === undefined ? created : { ...created, source };
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
