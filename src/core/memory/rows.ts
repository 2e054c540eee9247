import * as z from 'zod';
import { INLINE_CONTENT_BYTES } from '../limits.ts';
import type { Blobs } from '../log/blobs.ts';
import { hasCode, memoryDamaged, memoryNotFound } from '../errors.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import { Tier, type Memory, type MemorySummary, type MemoryVersion } from './memory.ts';

/** Content as a row has it: in the database, or the name of the blob that holds it. */
export interface StoredContent {
  readonly content: string | null;
  readonly blob: string | null;
  /** Bytes in UTF-8. */
  readonly size: number;
}

/**
 * Decides where content is kept, and does what takes long; a blob is on disk when this returns. What it gives is to be
 * called in each attempt of the transaction that writes the row, and sees to it that the blob is still there.
 */
export function storeContent(blobs: Blobs, content: string): () => StoredContent {
  const size = Buffer.byteLength(content);
  if (size <= INLINE_CONTENT_BYTES) return () => ({ content, blob: null, size });
  const blob = blobs.put(content);
  return () => {
    if (!blobs.holds(blob)) blobs.put(content);
    return { content: null, blob, size };
  };
}

/** A UTF-16 unit has at most so many bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** The content of a row, or its first `most` UTF-16 units. @throws PF-4003 when its blob is missing or damaged. */
export function loadContent(blobs: Blobs, row: Row, most?: number): string {
  const blob = optional(text, row, 'blob');
  return blob === undefined ? text(row, 'content').slice(0, most) : loadBlob(blobs, blob, most);
}

/** The same of the content that the blob of that name holds. */
export function loadBlob(blobs: Blobs, name: string, most = Number.POSITIVE_INFINITY): string {
  // One unit more, since the last character may be cut.
  return blobs.text(name, (most + 1) * BYTES_PER_UNIT).slice(0, most);
}

/** Does `load`; when content is damaged, the error names the memory that it is of. */
export function namingMemory<T>(id: string, load: () => T): T {
  try {
    return load();
  } catch (thrown) {
    throw hasCode(thrown, 'PF-4003') ? memoryDamaged(id, thrown) : thrown;
  }
}

export const SUMMARY_COLUMNS =
  'm.row, m.id, m.title, m.tags, m.tier, m.version, m.size, m.source, m.created_at, m.updated_at, m.updated_commit, m.archived_at';

export function summaryOf(row: Row): MemorySummary {
  const source = optional(text, row, 'source');
  return {
    id: text(row, 'id'),
    title: text(row, 'title'),
    tags: tagsOf(row),
    tier: Tier.parse(row['tier']),
    version: number(row, 'version'),
    size: number(row, 'size'),
    createdAt: number(row, 'created_at'),
    updatedAt: number(row, 'updated_at'),
    archived: row['archived_at'] !== null,
    ...(source === undefined ? {} : { source }),
  };
}

export function memoryOf(blobs: Blobs, row: Row, most?: number): Memory {
  const summary = summaryOf(row);
  return { ...summary, content: namingMemory(summary.id, () => loadContent(blobs, row, most)) };
}

const Change = z.enum(['created', 'updated', 'archived', 'restored']);

export function versionOf(row: Row): MemoryVersion {
  return {
    version: number(row, 'version'),
    change: Change.parse(row['change']),
    title: text(row, 'title'),
    tier: Tier.parse(row['tier']),
    tags: tagsOf(row),
    size: number(row, 'size'),
    at: number(row, 'at'),
  };
}

const StringList = z.array(z.string());

export function tagsOf(row: Row): readonly string[] {
  return StringList.parse(JSON.parse(text(row, 'tags')));
}

const ROW = `SELECT ${SUMMARY_COLUMNS}, m.content, m.blob FROM memories m WHERE m.id = ?`;

/** The row of a memory with what it says, if it is there. */
export function findRow(view: SqlReader, id: string): Row | undefined {
  return view.first(ROW, [id]);
}

/** @throws PF-2001 when there is no such memory. */
export function rowOf(view: SqlReader, id: string): Row {
  const row = findRow(view, id);
  if (row === undefined) throw memoryNotFound(id);
  return row;
}

/** What an earlier version of a memory said, by the memory's row. */
export function versionRow(view: SqlReader, memory: number, version: number): Row | undefined {
  return view.first(
    'SELECT title, tier, tags, content, blob, size FROM memory_versions WHERE memory = ? AND version = ?',
    [memory, version],
  );
}
