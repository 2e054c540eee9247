import { schemaOf } from './migrate.ts';
import { text } from './row.ts';
import { migrations } from './schema.ts';
import type { SqlReader } from './sqlView.ts';

/**
 * The tables whose rows may name blobs, in which columns, and whose content that is, in SQL. The columns are those called
 * `blob`, and those without a type, which hold small content itself as bytes and the name of large content as text.
 */
const TABLES = [
  { table: 'memories', columns: ['blob'], owner: `'memory ' || id` },
  {
    table: 'memory_versions',
    columns: ['blob'],
    owner: `'an earlier version of memory ' || (SELECT id FROM memories WHERE row = memory)`,
  },
  {
    table: 'session_turns',
    columns: ['messages', 'tokens'],
    owner: `'session ' || (SELECT id FROM sessions WHERE row = session)`,
  },
  {
    table: 'windows',
    columns: ['messages', 'tokens', 'template_tokens', 'block_hashes'],
    owner: `'window ' || id`,
  },
] as const;

const REFERENCES = TABLES.flatMap(({ columns, ...of }) => columns.map((column) => ({ ...of, column })));

export const BLOB_COLUMNS = REFERENCES.map(({ table, column }) => `${table}.${column}`);

const NAMES = references(() => '');
const OWNERS = references(({ table, owner }) => `, coalesce(${owner}, '${table}') AS owner`);

/** The query for all names, and what else is wanted of each. */
function references(more: (reference: (typeof REFERENCES)[number]) => string): string {
  return REFERENCES.map((reference) => {
    const { table, column } = reference;
    return `SELECT ${column} AS name${more(reference)} FROM ${table} WHERE typeof(${column}) = 'text'`;
  }).join(' UNION ');
}

/**
 * The names of all blobs that the rows refer to, those of archived things and of earlier versions too; undefined when a
 * newer Permafrost made the schema, whose references this one does not know.
 */
export function referencedBlobs(view: SqlReader): ReadonlySet<string> | undefined {
  if (schemaOf(view) > migrations.length) return undefined;
  return new Set(view.all(NAMES).map((row) => text(row, 'name')));
}

/** The same with whose content each blob is, as a person would say it: `memory 01J...`. */
export function ownersOfBlobs(view: SqlReader): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const row of view.all(OWNERS)) {
    const of = owners.get(text(row, 'name')) ?? [];
    of.push(text(row, 'owner'));
    owners.set(text(row, 'name'), of);
  }
  return owners;
}
