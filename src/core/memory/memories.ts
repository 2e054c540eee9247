import type { CacheCounts } from '../cache.ts';
import { memoryVersionNotFound, versionConflict, wrongState } from '../errors.ts';
import { cacheLimits } from '../limits.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import { AnswerCache } from './answerCache.ts';
import { anchorsOf, historyOf, relationsOf } from './details.ts';
import { changed, draftOf, sameDraft, type MemoryChange } from './draft.ts';
import {
  countTags,
  listMemories,
  normalListQuery,
  type MemoryListQuery,
  type MemoryPage,
  type TagCount,
} from './listMemories.ts';
import { MemoryCache } from './memoryCache.ts';
import type { Anchor, Memory, MemorySummary, MemoryVersion, NewMemory, Relation } from './memory.ts';
import {
  findRow,
  loadBlob,
  memoryOf,
  namingMemory,
  rowOf,
  storeContent,
  summaryOf,
  versionRow,
  type StoredContent,
} from './rows.ts';
import { insertMemories, writeVersion } from './writeMemory.ts';

export interface MemoriesOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives ids that sort in the order they were given. */
  readonly newId: () => string;
}

/** The memories of one context: created, read, changed, archived and brought back. */
export class Memories {
  readonly #store: Store;
  readonly #options: MemoriesOptions;
  readonly #cache: MemoryCache;
  readonly #lists: AnswerCache<MemoryPage>;
  readonly #tags: AnswerCache<readonly TagCount[]>;

  constructor(store: Store, options: MemoriesOptions) {
    this.#store = store;
    this.#options = options;
    this.#cache = new MemoryCache(store, cacheLimits);
    this.#lists = new AnswerCache(store, cacheLimits.lists);
    this.#tags = new AnswerCache(store, cacheLimits.tags);
  }

  /**
   * Creates all of `memories` in one commit, or none.
   * @throws PF-2001 when a relation points at a memory that is not there.
   */
  create(memories: readonly NewMemory[]): { created: MemorySummary[]; commit: number } {
    const at = this.#options.now();
    const drafts = memories.map((memory) => ({
      memory,
      id: this.#options.newId(),
      stored: storeContent(this.#store.blobs, memory.content),
    }));
    return this.#store.write((tx) => {
      const births = drafts.map(({ memory, id, stored }) => ({ memory, id, stored: stored() }));
      return { created: insertMemories(tx, births, at), commit: tx.commit };
    });
  }

  /**
   * The memories of these ids, in that order, with their content or its first `most` UTF-16 units; `missing` are the ids
   * that are unknown.
   */
  read(ids: readonly string[], most?: number): { memories: Memory[]; missing: string[] } {
    return foundAmong(ids, this.#cache.memories(ids, most));
  }

  /** The same without loading any content. */
  summaries(ids: readonly string[]): { memories: MemorySummary[]; missing: string[] } {
    return foundAmong(ids, this.#cache.summaries(ids));
  }

  /** A page of the memories that `query` selects: see `listMemories`. */
  list(query: MemoryListQuery): MemoryPage {
    const question = normalListQuery(query);
    return this.#lists.answer(question, (view) => listMemories(view, question));
  }

  /** Every tag in use with how many memories have it, most used first. */
  tags(): readonly TagCount[] {
    return this.#tags.answer({}, countTags);
  }

  /** What the caches in front of the view did, by what they keep. */
  get cacheCounts(): Readonly<Record<'memories' | 'contents' | 'lists' | 'tags', CacheCounts>> {
    return { ...this.#cache.counts, lists: this.#lists.counts, tags: this.#tags.counts };
  }

  relations(id: string): Relation[] {
    return this.#store.read((view) => relationsOf(view, id));
  }

  anchors(id: string): Anchor[] {
    return this.#store.read((view) => anchorsOf(view, id));
  }

  history(id: string): MemoryVersion[] {
    return this.#store.read((view) => historyOf(view, id));
  }

  /**
   * Changes a memory. A change that changes nothing makes no version.
   * @throws PF-2001 when it is not there, PF-3001 when it is not at `expectedVersion`, PF-3003 when archived, PF-4003 when
   * its content is damaged and not changed.
   */
  update(id: string, change: MemoryChange, expectedVersion?: number): Memory {
    const { content } = change;
    const stored = this.#storedContent(change);
    // Before the transaction, which is tried again as long as others are first: loading large content would let them be.
    const large = content === undefined ? this.#largeContent(id, (view) => findRow(view, id)) : undefined;
    return this.#store.write((tx) => {
      this.#change(tx, id, change, stored?.(), expectedVersion);
      const row = rowOf(tx, id);
      if (content !== undefined) return { ...summaryOf(row), content };
      const isKnown = large !== undefined && row['blob'] === large.blob;
      return isKnown ? { ...summaryOf(row), content: large.content } : memoryOf(this.#store.blobs, row);
    });
  }

  /**
   * Makes the same change to all of these memories in one commit, or to none.
   * @throws PF-2001 when one is not there, PF-3003 when one is archived.
   */
  updateAll(ids: readonly string[], change: MemoryChange): void {
    const stored = this.#storedContent(change);
    this.#store.write((tx) => ids.forEach((id) => this.#change(tx, id, change, stored?.())));
  }

  /** Archives the memories: they leave lists and searches, and can be brought back. One commit. */
  archive(ids: readonly string[]): { archived: string[]; missing: string[] } {
    const { done, missing } = this.#forEach(ids, (tx, id) => {
      const row = rowOf(tx, id);
      if (row['archived_at'] === null) writeVersion(tx, id, draftOf(row), 'archived', this.#options.now());
      return id;
    });
    return { archived: done, missing };
  }

  /** Deletes the memories with their history, for good. One commit. */
  deleteForGood(ids: readonly string[]): { deleted: string[]; missing: string[] } {
    const { done, missing } = this.#forEach(ids, (tx, id) => {
      const memory = number(rowOf(tx, id), 'row');
      for (const table of ['memory_tags', 'memory_versions', 'anchors']) {
        tx.run(`DELETE FROM ${table} WHERE memory = ?`, [memory]);
      }
      tx.run('DELETE FROM relations WHERE from_id = ?1 OR to_id = ?1', [id]);
      tx.run('DELETE FROM memories WHERE row = ?', [memory]);
      return id;
    });
    return { deleted: done, missing };
  }

  /** Brings archived memories back; those that are not archived stay as they are. One commit. */
  restore(ids: readonly string[]): { restored: { id: string; version: number }[]; missing: string[] } {
    const { done, missing } = this.#forEach(ids, (tx, id) => {
      const row = rowOf(tx, id);
      if (row['archived_at'] !== null) writeVersion(tx, id, draftOf(row), 'restored', this.#options.now());
      return { id, version: number(rowOf(tx, id), 'version') };
    });
    return { restored: done, missing };
  }

  /**
   * Makes what an earlier version said the newest version, and brings the memory back if it is archived.
   * @throws PF-2001, PF-2002 when the memory or the version is not there, PF-4003 when what it said is damaged.
   */
  restoreVersion(id: string, version: number): { id: string; version: number } {
    // What cannot be read is not to take the place of what can.
    this.#largeContent(id, (view) => {
      const row = findRow(view, id);
      return row && versionRow(view, number(row, 'row'), version);
    });
    return this.#store.write((tx) => {
      const row = rowOf(tx, id);
      const current = number(row, 'version');
      const wanted = version === current ? row : versionRow(tx, number(row, 'row'), version);
      if (wanted === undefined) throw memoryVersionNotFound(id, version);
      const unchanged = row['archived_at'] === null && sameDraft(draftOf(row), draftOf(wanted));
      if (!unchanged) writeVersion(tx, id, draftOf(wanted), 'restored', this.#options.now());
      return { id, version: number(rowOf(tx, id), 'version') };
    });
  }

  #storedContent({ content }: MemoryChange): (() => StoredContent) | undefined {
    return content === undefined ? undefined : storeContent(this.#store.blobs, content);
  }

  /** The large content of a row, with the name of its blob. @throws PF-4003, naming the memory, when it is damaged */
  #largeContent(
    id: string,
    find: (view: SqlReader) => Row | undefined,
  ): { readonly blob: string; readonly content: string } | undefined {
    const row = this.#store.read(find);
    const blob = row && optional(text, row, 'blob');
    if (blob === undefined) return undefined;
    return { blob, content: namingMemory(id, () => loadBlob(this.#store.blobs, blob)) };
  }

  #change(
    tx: Transaction,
    id: string,
    change: MemoryChange,
    stored: StoredContent | undefined,
    expectedVersion?: number,
  ): void {
    const row = rowOf(tx, id);
    const version = number(row, 'version');
    if (expectedVersion !== undefined && expectedVersion !== version) {
      throw versionConflict(id, expectedVersion, version);
    }
    if (row['archived_at'] !== null) throw wrongState(`The memory "${id}" is archived.`, 'Restore it first.');
    const before = draftOf(row);
    const after = changed(before, change, stored);
    if (!sameDraft(before, after)) writeVersion(tx, id, after, 'updated', this.#options.now());
  }

  /** Does `work` on each memory that is there, once, all in one commit. */
  #forEach<T>(
    ids: readonly string[],
    work: (tx: Transaction, id: string) => T,
  ): { done: T[]; missing: string[] } {
    return this.#store.write((tx) => {
      const known = new Set(ids.filter((id) => findRow(tx, id) !== undefined));
      const missing = [...new Set(ids)].filter((id) => !known.has(id));
      return { done: [...known].map((id) => work(tx, id)), missing };
    });
  }
}

function foundAmong<T>(
  ids: readonly string[],
  found: readonly (T | undefined)[],
): { memories: T[]; missing: string[] } {
  return {
    memories: found.filter((memory) => memory !== undefined),
    missing: ids.filter((_, at) => found[at] === undefined),
  };
}
