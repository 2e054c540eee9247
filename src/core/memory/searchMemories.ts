import type { CacheCounts } from '../cache.ts';
import { cacheLimits } from '../limits.ts';
import { number } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import { AnswerCache } from './answerCache.ts';
import { filterSql, normalFilter } from './listMemories.ts';
import { MemoryIndex, readContent } from './memoryIndex.ts';
import type { MemoryFilter, MemorySummary } from './memory.ts';
import { summaryOf, SUMMARY_COLUMNS } from './rows.ts';
import { parseQuery } from './search/query.ts';
import type { SearchIndex } from './search/searchIndex.ts';
import { snippetsFor, SNIPPET_SCAN } from './search/snippet.ts';

/** The snippet of a memory whose content is damaged. */
const UNREADABLE = '(its content is damaged: reading the memory names the file)';

export interface MemoryQuery extends MemoryFilter {
  readonly query: string;
  /** Last changed at or after, and at or before: milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly limit: number;
  /** Whether the last word may be the beginning of one, as when somebody is typing. */
  readonly prefix?: boolean | undefined;
}

export interface MemoryHit extends MemorySummary {
  readonly score: number;
  /** The passage that fits the query best, in one line. */
  readonly snippet: string;
}

export interface MemoriesFound {
  readonly results: readonly MemoryHit[];
  /** How many fit at all. */
  readonly total: number;
  /** How many memories were searched by their titles alone, since their content is damaged. */
  readonly unread: number;
}

/** Full-text search over the memories of one context. */
export class MemorySearch {
  readonly #store: Store;
  readonly #answers: AnswerCache<MemoriesFound>;
  readonly #index: MemoryIndex;

  constructor(store: Store) {
    this.#store = store;
    this.#answers = new AnswerCache(store, cacheLimits.searches);
    this.#index = new MemoryIndex(store.blobs);
    store.follow(this.#index);
  }

  /** The memories that fit `query` best, best first. */
  search(asked: MemoryQuery): MemoriesFound {
    const { query, since, until, limit, prefix = false, ...filter } = asked;
    const question = { query, since, until, limit, prefix, ...normalFilter(filter) };
    return this.#answers.answer(
      question,
      (view) => this.#search(view, question),
      ({ results, unread }) => unread === 0 && results.every(({ snippet }) => snippet !== UNREADABLE),
    );
  }

  /** What the cache in front of the index did. */
  get cacheCounts(): CacheCounts {
    return this.#answers.counts;
  }

  #search(view: SqlReader, query: MemoryQuery): MemoriesFound {
    const { archived = 'exclude', tier, since, until, limit, prefix = false } = query;
    const rows = taggedRows(view, query);
    const found = this.#upToDate(view).search(query.query, {
      limit,
      prefix,
      filter: { archived, tier, since, until, rowids: rows },
    });
    const snippet = snippetsFor(parseQuery(query.query, prefix));
    const memories = memoriesAt(
      view,
      found.hits.map(({ rowid }) => rowid),
    );
    const results = found.hits.map(({ rowid, score }) => {
      const memory = memories.get(rowid);
      if (memory === undefined) throw new Error(`the search index knows a row ${rowid} that is not there`);
      const content = readContent(this.#store.blobs, memory, SNIPPET_SCAN);
      return {
        ...summaryOf(memory),
        score,
        snippet: content === undefined ? UNREADABLE : detached(snippet(content)),
      };
    });
    return { results, total: found.total, unread: this.#index.unread };
  }

  /** What the snapshot keeps is read only now: a process that never searches has no use for it. */
  #upToDate(view: SqlReader): SearchIndex {
    const kept = this.#index.hasBegun ? undefined : this.#store.kept(this.#index.name);
    if (kept !== undefined) this.#index.restore(kept);
    return this.#index.upToDate(view, this.#store.isWriting);
  }
}

/** The memories of these rows, by row. To have SQLite keep them in order costs it a copy of all contents, and more than a map. */
function memoriesAt(view: SqlReader, rowids: readonly number[]): Map<unknown, Row> {
  const places = rowids.map(() => '?').join();
  const sql = `SELECT ${SUMMARY_COLUMNS}, m.content, m.blob FROM memories m WHERE m.row IN (${places})`;
  return new Map(view.all(sql, rowids).map((memory) => [memory['row'], memory]));
}

/** The same text as a string of its own: a part of a string keeps the whole of it in memory for as long as it lives. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}

/** The rows that have the tags of the filter; undefined when it names none. */
function taggedRows(view: SqlReader, { tags, tagsMode }: MemoryFilter): Set<number> | undefined {
  if (tags === undefined || tags.length === 0) return undefined;
  const { sql, parameters } = filterSql({ tags, tagsMode, archived: 'include' });
  return new Set(
    view.all(`SELECT m.row FROM memories m WHERE ${sql}`, parameters).map((row) => number(row, 'row')),
  );
}
