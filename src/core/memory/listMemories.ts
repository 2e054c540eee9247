import { decodeCursor, encodeCursor, type CursorKeys, type KeyKind } from '../cursor.ts';
import { number, text } from '../store/row.ts';
import type { SqlValue } from '../log/commit.ts';
import type { Row } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import type { MemoryFilter, MemorySummary } from './memory.ts';
import { summaryOf, SUMMARY_COLUMNS } from './rows.ts';

type MemorySort = 'updated' | 'created' | 'title';

export interface MemoryListQuery extends MemoryFilter {
  readonly sort?: MemorySort | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface MemoryPage {
  readonly memories: MemorySummary[];
  /** How many there are in all, from the same state as the rows. */
  readonly total: number;
  readonly nextCursor?: string;
}

interface SortKey {
  readonly columns: readonly string[];
  readonly kinds: readonly KeyKind[];
  readonly keysOf: (row: Row) => CursorKeys;
}

/** By commit and row, not by clock: a clock that jumps must not reorder what happened. */
const SORT_KEYS: Record<MemorySort, SortKey> = {
  updated: {
    columns: ['m.updated_commit', 'm.row'],
    kinds: ['number', 'number'],
    keysOf: (row) => [number(row, 'updated_commit'), number(row, 'row')],
  },
  created: { columns: ['m.row'], kinds: ['number'], keysOf: (row) => [number(row, 'row')] },
  title: {
    columns: ['m.title COLLATE NOCASE', 'm.row'],
    kinds: ['string', 'number'],
    keysOf: (row) => [text(row, 'title'), number(row, 'row')],
  },
};

/**
 * A page of the memories that `query` selects, without their content.
 * @throws PF-1001 when the cursor belongs to another list.
 */
export function listMemories(store: Store, query: MemoryListQuery): MemoryPage {
  const sort = query.sort ?? 'updated';
  const order = query.order ?? (sort === 'title' ? 'asc' : 'desc');
  const { columns, kinds, keysOf } = SORT_KEYS[sort];
  const filter = filterSql(query);
  const scope = JSON.stringify([sort, order, filter.sql, ...filter.parameters]);
  const after = query.cursor === undefined ? [] : decodeCursor(scope, query.cursor, kinds);
  const page = pageSql(columns, order, filter.sql, after.length > 0);
  return store.read((view) => {
    const rows = view.all(page, [...filter.parameters, ...after, query.limit + 1]);
    const total = view.first(
      `SELECT count(*) AS total FROM memories m WHERE ${filter.sql}`,
      filter.parameters,
    );
    const shown = rows.slice(0, query.limit);
    const last = shown.at(-1);
    return {
      memories: shown.map(summaryOf),
      total: total === undefined ? 0 : number(total, 'total'),
      ...(rows.length > shown.length && last ? { nextCursor: encodeCursor(scope, keysOf(last)) } : {}),
    };
  });
}

/** Every tag in use with how many memories have it, most used first. */
export function countTags(store: Store): { tag: string; count: number }[] {
  const rows = store.read((view) =>
    view.all(`SELECT t.tag, count(*) AS count FROM memory_tags t JOIN memories m ON m.row = t.memory
              WHERE m.archived_at IS NULL GROUP BY t.tag ORDER BY count DESC, t.tag`),
  );
  return rows.map((row) => ({ tag: text(row, 'tag'), count: number(row, 'count') }));
}

function pageSql(
  columns: readonly string[],
  order: 'asc' | 'desc',
  where: string,
  afterCursor: boolean,
): string {
  const places = columns.map(() => '?').join(', ');
  const after = afterCursor ? `AND (${columns.join(', ')}) ${order === 'asc' ? '>' : '<'} (${places})` : '';
  const by = columns.map((column) => `${column} ${order}`).join(', ');
  return `SELECT ${SUMMARY_COLUMNS} FROM memories m WHERE ${where} ${after} ORDER BY ${by} LIMIT ?`;
}

export interface SqlFilter {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** The SQL condition on `memories m` that a filter means. */
export function filterSql(filter: MemoryFilter): SqlFilter {
  const conditions: SqlFilter[] = [];
  if (filter.archived !== 'include') {
    conditions.push({
      sql: `m.archived_at IS ${filter.archived === 'only' ? 'NOT NULL' : 'NULL'}`,
      parameters: [],
    });
  }
  if (filter.tier !== undefined) conditions.push({ sql: 'm.tier = ?', parameters: [filter.tier] });
  if (filter.untagged === true) conditions.push({ sql: "m.tags = '[]'", parameters: [] });
  conditions.push(...tagConditions(filter));
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND ') || '1',
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

function tagConditions({ tags = [], tagsMode = 'all' }: MemoryFilter): SqlFilter[] {
  if (tags.length === 0) return [];
  const having = (list: readonly string[]): SqlFilter => ({
    sql: 'm.row IN (SELECT memory FROM memory_tags WHERE tag IN (SELECT value FROM json_each(?)))',
    parameters: [JSON.stringify(list)],
  });
  return tagsMode === 'any' ? [having(tags)] : tags.map((tag) => having([tag]));
}
