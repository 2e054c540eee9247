import { schemaOf } from './migrate.ts';
import { text } from './row.ts';
import { migrations } from './schema.ts';
import type { SqlReader } from './sqlView.ts';

/**
 * The columns that may name a blob: those called `blob`, and those without a type, which hold small content itself as
 * bytes and the name of large content as text.
 */
export const BLOB_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ['memories', 'blob'],
  ['memory_versions', 'blob'],
  ['session_turns', 'messages'],
  ['session_turns', 'tokens'],
  ['windows', 'messages'],
  ['windows', 'tokens'],
  ['windows', 'template_tokens'],
  ['windows', 'block_hashes'],
];

const NAMES = BLOB_COLUMNS.map(
  ([table, column]) => `SELECT ${column} AS name FROM ${table} WHERE typeof(${column}) = 'text'`,
).join(' UNION ');

/**
 * The names of all blobs that the rows refer to, those of archived things and of earlier versions too; undefined when a
 * newer Permafrost made the schema, whose references this one does not know.
 */
export function referencedBlobs(view: SqlReader): ReadonlySet<string> | undefined {
  if (schemaOf(view) > migrations.length) return undefined;
  return new Set(view.all(NAMES).map((row) => text(row, 'name')));
}

const OWNERS = `
  SELECT 'memory ' || id AS owner FROM memories WHERE blob = ?1
  UNION SELECT 'an earlier version of memory ' || m.id FROM memory_versions v JOIN memories m ON m.row = v.memory WHERE v.blob = ?1
  UNION SELECT 'session ' || s.id FROM session_turns t JOIN sessions s ON s.row = t.session WHERE ?1 IN (t.messages, t.tokens)
  UNION SELECT 'window ' || id FROM windows WHERE ?1 IN (messages, tokens, template_tokens, block_hashes)`;

/** Whose content the blob of that name is, each as a person would say it. */
export function ownersOf(view: SqlReader, name: string): string[] {
  return view.all(OWNERS, [name]).map((row) => text(row, 'owner'));
}
