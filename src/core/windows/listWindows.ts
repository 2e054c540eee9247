import type { SqlValue } from '../log/commit.ts';
import { number, text } from '../store/row.ts';
import { readPage, type SortKey, type SqlFilter } from '../store/page.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import type { WindowSummary } from './window.ts';
import { foldText } from './searched.ts';
import { windowSummaryOf, WINDOW_COLUMNS } from './windowRows.ts';

type WindowSort = 'frozen' | 'thawed' | 'name' | 'tokens';

/** `frozen`: not thawed since it was frozen; `thawed`: thawed at least once; `archived`: deleted, but not for good. */
export const WINDOW_STATES = ['frozen', 'thawed', 'archived'] as const;
export type WindowState = (typeof WINDOW_STATES)[number];

export interface WindowQuery {
  readonly model?: string | undefined;
  /** Windows that have all of these. */
  readonly tags?: readonly string[] | undefined;
  /** All but the archived ones when left out. */
  readonly state?: WindowState | undefined;
  /** Windows frozen at that time (milliseconds since 1970) or later. */
  readonly since?: number | undefined;
  /** Windows frozen at that time or before. */
  readonly until?: number | undefined;
  /** Words that all occur in the name, description, tags, model or beginning of the conversation. */
  readonly query?: string | undefined;
  /** Default `frozen`. */
  readonly sort?: WindowSort | undefined;
  /** Default `desc`, for names `asc`. */
  readonly order?: 'asc' | 'desc' | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface WindowPage {
  readonly windows: WindowSummary[];
  /** How many there are in all, from the same state as the rows. */
  readonly total: number;
  readonly nextCursor?: string;
}

/** By commit and row, not by clock: a clock that jumps must not reorder what happened. */
const SORT_KEYS: Record<WindowSort, SortKey> = {
  frozen: { columns: ['w.row'], kinds: ['number'], keysOf: (row) => [number(row, 'row')] },
  thawed: {
    columns: ['w.thawed_commit', 'w.row'],
    kinds: ['number', 'number'],
    keysOf: (row) => [number(row, 'thawed_commit'), number(row, 'row')],
  },
  name: {
    columns: ['w.name COLLATE NOCASE', 'w.row'],
    kinds: ['string', 'number'],
    keysOf: (row) => [text(row, 'name'), number(row, 'row')],
  },
  tokens: {
    columns: ['ifnull(w.token_count, 0)', 'w.row'],
    kinds: ['number', 'number'],
    keysOf: (row) => [row['token_count'] === null ? 0 : number(row, 'token_count'), number(row, 'row')],
  },
};

/**
 * A page of the windows that `query` selects; archived ones only when it asks for them.
 * @throws PF-1001 when the cursor belongs to another list.
 */
export function listWindows(store: Store, query: WindowQuery): WindowPage {
  const sort = query.sort ?? 'frozen';
  const order = query.order ?? (sort === 'name' ? 'asc' : 'desc');
  return store.read((view) => {
    const { rows, ...page } = readPage(view, {
      select: WINDOW_COLUMNS,
      from: WITH_CONTENT,
      where: filterSql(query),
      sort: SORT_KEYS[sort],
      order,
      limit: query.limit,
      cursor: query.cursor,
    });
    return { windows: rows.map(windowSummaryOf), ...page };
  });
}

/** Every tag that a window in the list has, by name. */
export function tagsOfWindows(view: SqlReader): string[] {
  return view
    .all(
      `SELECT DISTINCT t.value AS tag FROM windows w, json_each(w.tags) t WHERE w.archived_at IS NULL ORDER BY 1`,
    )
    .map((row) => text(row, 'tag'));
}

/** `c` is the window that has the content of `w`: itself, unless it is a clone. */
const WITH_CONTENT = 'windows w JOIN windows c ON c.row = ifnull(w.content_of, w.row)';

const STATES: Record<WindowState, string> = {
  frozen: 'w.archived_at IS NULL AND w.thaw_count = 0',
  thawed: 'w.archived_at IS NULL AND w.thaw_count > 0',
  archived: 'w.archived_at IS NOT NULL',
};

/** Lists go in as JSON, so that the text of the statement does not depend on how long they are. */
function filterSql({ model, tags = [], state, since, until, query = '' }: WindowQuery): SqlFilter {
  const words = foldText(query).split(/\s+/).filter(Boolean);
  const conditions: [sql: string, ...parameters: SqlValue[]][] = [
    [state === undefined ? 'w.archived_at IS NULL' : STATES[state]],
  ];
  if (model !== undefined) conditions.push(['w.model = ?', model]);
  if (tags.length > 0) conditions.push([ALL_TAGS, JSON.stringify(tags)]);
  if (since !== undefined) conditions.push(['w.frozen_at >= ?', since]);
  if (until !== undefined) conditions.push(['w.frozen_at <= ?', until]);
  if (words.length > 0) conditions.push([ALL_WORDS, JSON.stringify(words)]);
  return {
    sql: conditions.map(([sql]) => sql).join(' AND '),
    parameters: conditions.flatMap(([, ...parameters]) => parameters),
  };
}

const ALL_TAGS = `NOT EXISTS (SELECT 1 FROM json_each(?) wanted
  WHERE wanted.value NOT IN (SELECT value FROM json_each(w.tags)))`;
const ALL_WORDS = `NOT EXISTS (SELECT 1 FROM json_each(?) word
  WHERE instr(w.search, word.value) = 0 AND instr(ifnull(c.said, c.search), word.value) = 0)`;
