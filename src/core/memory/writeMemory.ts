import { number } from '../store/row.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Draft } from './draft.ts';
import type { Change, NewMemory } from './memory.ts';
import { rowOf, type StoredContent } from './rows.ts';

/** @throws PF-2001 when a relation points at a memory that is not there. */
export function insertMemory(
  tx: Transaction,
  memory: NewMemory,
  id: string,
  stored: StoredContent,
  at: number,
): void {
  const tags = [...new Set(memory.tags)];
  const { content, blob, size } = stored;
  tx.run(
    `INSERT INTO memories (id, title, tier, tags, source, content, blob, size, version, change, created_at, updated_at, updated_commit)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 'created', ?, ?, ?)`,
    [
      id, memory.title, memory.tier ?? 'long_term', JSON.stringify(tags), memory.source ?? null,
      content, blob, size, at, at, tx.commit,
    ], // prettier-ignore
  );
  const row = number(rowOf(tx, id), 'row');
  insertTags(tx, row, tags);
  for (const { to, type } of memory.relations ?? []) {
    rowOf(tx, to);
    tx.run('INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)', [id, to, type, at]);
  }
  memory.anchors?.forEach((anchor, position) => {
    tx.run('INSERT INTO anchors VALUES (?, ?, ?)', [row, position, JSON.stringify(anchor)]);
  });
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
    `UPDATE memories SET title = ?, tier = ?, tags = ?, content = ?, blob = ?, size = ?, version = version + 1,
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
