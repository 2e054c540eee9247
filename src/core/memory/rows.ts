import * as z from 'zod';
import { INLINE_CONTENT_BYTES } from '../limits.ts';
import type { Blobs } from '../log/blobs.ts';
import { memoryNotFound } from '../errors.ts';
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

/** Decides where content is kept; a blob is on disk when this returns. */
export function storeContent(blobs: Blobs, content: string): StoredContent {
  const size = Buffer.byteLength(content);
  if (size <= INLINE_CONTENT_BYTES) return { content, blob: null, size };
  return { content: null, blob: blobs.put(Buffer.from(content)), size };
}

export function loadContent(blobs: Blobs, row: Row): string {
  const blob = optional(text, row, 'blob');
  return blob === undefined ? text(row, 'content') : loadBlob(blobs, blob);
}

/** The content that the blob of that name holds. @throws PF-4003 when it is damaged. */
export function loadBlob(blobs: Blobs, name: string): string {
  return Buffer.from(blobs.get(name)).toString('utf8');
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

export function memoryOf(blobs: Blobs, row: Row): Memory {
  return { ...summaryOf(row), content: loadContent(blobs, row) };
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
