import { decodeCursor, encodeCursor, type CursorKeys, type KeyKind } from '../cursor.ts';
import type { SqlValue } from '../log/commit.ts';
import { number } from './row.ts';
import type { Row, SqlReader } from './sqlView.ts';

/** An SQL condition and its parameters, in order. */
export interface SqlFilter {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What a list is sorted by: together the columns tell any two rows apart. */
export interface SortKey {
  readonly columns: readonly string[];
  readonly kinds: readonly KeyKind[];
  readonly keysOf: (row: Row) => CursorKeys;
}

export type Order = 'asc' | 'desc';

export interface PageRequest {
  /** The columns of a row, and the table with its alias: `memories m`. */
  readonly select: string;
  readonly from: string;
  readonly where: SqlFilter;
  readonly sort: SortKey;
  readonly order: Order;
  readonly limit: number;
  /** `nextCursor` of the page before; undefined for the first. */
  readonly cursor: string | undefined;
}

export interface Page {
  readonly rows: readonly Row[];
  /** How many there are in all, from the same state as the rows. */
  readonly total: number;
  readonly nextCursor?: string;
}

/**
 * A page of a list, by keys and not by offset, so that no row that did not change is skipped or given twice.
 * @throws PF-1001 when the cursor belongs to another list.
 */
export function readPage(view: SqlReader, request: PageRequest): Page {
  const { from, where, sort, order, limit, cursor } = request;
  const scope = JSON.stringify([from, sort.columns, order, where.sql, ...where.parameters]);
  const after = cursor === undefined ? [] : decodeCursor(scope, cursor, sort.kinds);
  const rows = view.all(pageSql(request), [...where.parameters, ...after, limit + 1]);
  const shown = rows.slice(0, limit);
  const last = rows.length > shown.length ? shown.at(-1) : undefined;
  return {
    rows: shown,
    total: countOf(view, from, where),
    ...(last === undefined ? {} : { nextCursor: encodeCursor(scope, sort.keysOf(last)) }),
  };
}

/** How many rows a condition holds for. */
export function countOf(view: SqlReader, from: string, { sql, parameters }: SqlFilter): number {
  const row = view.first(`SELECT count(*) AS total FROM ${from} WHERE ${sql}`, parameters);
  return row === undefined ? 0 : number(row, 'total');
}

function pageSql({ select, from, where, sort: { columns }, order, cursor }: PageRequest): string {
  const places = columns.map(() => '?').join(', ');
  const beyond = `AND (${columns.join(', ')}) ${order === 'asc' ? '>' : '<'} (${places})`;
  const by = columns.map((column) => `${column} ${order}`).join(', ');
  const after = cursor === undefined ? '' : beyond;
  return `SELECT ${select} FROM ${from} WHERE ${where.sql} ${after} ORDER BY ${by} LIMIT ?`;
}
