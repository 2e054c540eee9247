import { number, text } from '../store/row.ts';
import { readPage, type SortKey, type SqlFilter } from '../store/page.ts';
import type { SqlReader } from '../store/sqlView.ts';
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
  readonly memories: readonly MemorySummary[];
  /** How many there are in all, from the same state as the rows. */
  readonly total: number;
  readonly nextCursor?: string;
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
export function listMemories(view: SqlReader, query: NormalListQuery): MemoryPage {
  const { rows, ...page } = readPage(view, {
    select: SUMMARY_COLUMNS,
    from: 'memories m',
    where: filterSql(query),
    sort: SORT_KEYS[query.sort],
    order: query.order,
    limit: query.limit,
    cursor: query.cursor,
  });
  return { memories: rows.map(summaryOf), ...page };
}

/** A query in the one form that all that mean the same list have, so that they share cursors and what is kept. */
export interface NormalListQuery extends MemoryFilter {
  readonly sort: MemorySort;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor: string | undefined;
}

export function normalListQuery({
  sort = 'updated',
  order,
  limit,
  cursor,
  ...filter
}: MemoryListQuery): NormalListQuery {
  return {
    ...normalFilter(filter),
    sort,
    order: order ?? (sort === 'title' ? 'asc' : 'desc'),
    limit,
    cursor,
  };
}

/** The one form of a filter: nothing that is the default, and each tag once, in order. */
export function normalFilter({ tags = [], tagsMode, untagged, tier, archived }: MemoryFilter): MemoryFilter {
  return {
    tags: [...new Set(tags)].toSorted(),
    tagsMode: tags.length > 1 && tagsMode === 'any' ? 'any' : undefined,
    untagged: untagged === true ? true : undefined,
    tier,
    archived: archived === 'exclude' ? undefined : archived,
  };
}

export interface TagCount {
  readonly tag: string;
  /** How many memories have it. */
  readonly count: number;
}

/** Every tag in use, most used first. */
export function countTags(view: SqlReader): TagCount[] {
  const rows = view.all(
    `SELECT t.tag, count(*) AS count FROM memory_tags t JOIN memories m ON m.row = t.memory
     WHERE m.archived_at IS NULL GROUP BY t.tag ORDER BY count DESC, t.tag`,
  );
  return rows.map((row) => ({ tag: text(row, 'tag'), count: number(row, 'count') }));
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
