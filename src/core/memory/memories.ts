import {
  invalidInput,
  memoryNotFound,
  memoryVersionNotFound,
  versionConflict,
  wrongState,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import { number, text } from '../store/row.ts';
import { Anchor, RelationType, Tier } from './memory.ts';
import type { Change, Memory, MemorySummary, MemoryVersion, NewMemory, Relation } from './memory.ts';
import { memoryOf, storeContent, summaryOf, SUMMARY_COLUMNS, tagsOf, versionOf } from './rows.ts';
import type { StoredContent } from './rows.ts';

export interface MemoriesOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives ids that sort in the order they were given. */
  readonly newId: () => string;
}

/** What an update changes; what is left out stays. */
export interface MemoryChange {
  readonly title?: string | undefined;
  readonly content?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly tier?: Tier | undefined;
}

/** A row of `memories`, as it is to be written. */
interface Draft {
  readonly title: string;
  readonly tier: string;
  readonly tags: readonly string[];
  readonly stored: StoredContent;
}

/** The memories of one context: created, read, changed, archived and brought back. */
export class Memories {
  readonly #store: Store;
  readonly #options: MemoriesOptions;

  constructor(store: Store, options: MemoriesOptions) {
    this.#store = store;
    this.#options = options;
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
      for (const { memory, id, stored } of drafts) insertMemory(tx, memory, id, stored, at);
      return { created: drafts.map(({ id }) => summaryOf(rowOf(tx, id))), commit: tx.commit };
    });
  }

  /** The memories of these ids with their content, in that order; `missing` are the ids that are unknown. */
  read(ids: readonly string[]): { memories: Memory[]; missing: string[] } {
    return this.#store.read((view) => {
      const found = ids.map((id) => findRow(view, id));
      return {
        memories: found.flatMap((row) => (row === undefined ? [] : [memoryOf(this.#store.blobs, row)])),
        missing: ids.filter((_, at) => found[at] === undefined),
      };
    });
  }

  /** The same without loading any content. */
  summaries(ids: readonly string[]): { memories: MemorySummary[]; missing: string[] } {
    return this.#store.read((view) => {
      const found = ids.map((id) => findRow(view, id));
      return {
        memories: found.flatMap((row) => (row === undefined ? [] : [summaryOf(row)])),
        missing: ids.filter((_, at) => found[at] === undefined),
      };
    });
  }

  relations(id: string): Relation[] {
    const rows = this.#store.read((view) =>
      view.all(
        `SELECT 'to' AS direction, r.type, m.id, m.title, r.created_at FROM relations r JOIN memories m ON m.id = r.to_id WHERE r.from_id = ?1
         UNION ALL
         SELECT 'from', r.type, m.id, m.title, r.created_at FROM relations r JOIN memories m ON m.id = r.from_id WHERE r.to_id = ?1
         ORDER BY 1 DESC, 5, 3`,
        [id],
      ),
    );
    return rows.map((row) => ({
      type: RelationType.parse(row['type']),
      direction: row['direction'] === 'to' ? 'to' : 'from',
      id: text(row, 'id'),
      title: text(row, 'title'),
    }));
  }

  anchors(id: string): Anchor[] {
    const sql = `SELECT a.anchor FROM anchors a JOIN memories m ON m.row = a.memory WHERE m.id = ? ORDER BY a.position`;
    const rows = this.#store.read((view) => view.all(sql, [id]));
    return rows.map((row) => Anchor.parse(JSON.parse(text(row, 'anchor'))));
  }

  /** Every version of a memory, oldest first, the current one last. */
  history(id: string): MemoryVersion[] {
    const columns = 'version, change, title, tier, tags, size';
    const rows = this.#store.read((view) =>
      view.all(
        `SELECT ${columns}, at FROM memory_versions WHERE memory = (SELECT row FROM memories WHERE id = ?1)
         UNION ALL SELECT ${columns}, updated_at FROM memories WHERE id = ?1 ORDER BY version`,
        [id],
      ),
    );
    return rows.map(versionOf);
  }

  /**
   * Changes a memory. A change that changes nothing makes no version.
   * @throws PF-2001 when it is not there, PF-3001 when it is not at `expectedVersion`, PF-3003 when archived.
   */
  update(id: string, change: MemoryChange, expectedVersion?: number): Memory {
    const stored = change.content === undefined ? undefined : storeContent(this.#store.blobs, change.content);
    return this.#store.write((tx) => {
      const row = rowOf(tx, id);
      const version = number(row, 'version');
      if (expectedVersion !== undefined && expectedVersion !== version) {
        throw versionConflict(id, expectedVersion, version);
      }
      if (row['archived_at'] !== null)
        throw wrongState(`The memory "${id}" is archived.`, 'Restore it first.');
      const before = draftOf(row);
      const after: Draft = {
        title: change.title ?? before.title,
        tier: change.tier ?? before.tier,
        tags: changedTags(before.tags, change),
        stored: stored ?? before.stored,
      };
      if (!sameDraft(before, after)) this.#newVersion(tx, id, after, 'updated');
      return memoryOf(this.#store.blobs, rowOf(tx, id));
    });
  }

  /** Archives the memories: they leave lists and searches, and can be brought back. One commit. */
  archive(ids: readonly string[]): { archived: string[]; missing: string[] } {
    return this.#forEach(
      ids,
      (tx, id) => {
        const row = rowOf(tx, id);
        if (row['archived_at'] === null) this.#newVersion(tx, id, draftOf(row), 'archived');
        return id;
      },
      ({ done, missing }) => ({ archived: done, missing }),
    );
  }

  /** Deletes the memories with their history, for good. One commit. */
  deleteForGood(ids: readonly string[]): { deleted: string[]; missing: string[] } {
    return this.#forEach(
      ids,
      (tx, id) => {
        const memory = number(rowOf(tx, id), 'row');
        for (const table of ['memory_tags', 'memory_versions', 'anchors']) {
          tx.run(`DELETE FROM ${table} WHERE memory = ?`, [memory]);
        }
        tx.run('DELETE FROM relations WHERE from_id = ?1 OR to_id = ?1', [id]);
        tx.run('DELETE FROM memories WHERE row = ?', [memory]);
        return id;
      },
      ({ done, missing }) => ({ deleted: done, missing }),
    );
  }

  /** Brings archived memories back; those that are not archived stay as they are. One commit. */
  restore(ids: readonly string[]): { restored: { id: string; version: number }[]; missing: string[] } {
    return this.#forEach(
      ids,
      (tx, id) => {
        const row = rowOf(tx, id);
        if (row['archived_at'] !== null) this.#newVersion(tx, id, draftOf(row), 'restored');
        return { id, version: number(rowOf(tx, id), 'version') };
      },
      ({ done, missing }) => ({ restored: done, missing }),
    );
  }

  /**
   * Makes what an earlier version said the newest version, and brings the memory back if it is archived.
   * @throws PF-2001, PF-2002 when the memory or the version is not there.
   */
  restoreVersion(id: string, version: number): { id: string; version: number } {
    return this.#store.write((tx) => {
      const row = rowOf(tx, id);
      const current = number(row, 'version');
      const wanted = version === current ? row : versionRow(tx, number(row, 'row'), version);
      if (wanted === undefined) throw memoryVersionNotFound(id, version);
      const unchanged = row['archived_at'] === null && sameDraft(draftOf(row), draftOf(wanted));
      if (!unchanged) this.#newVersion(tx, id, draftOf(wanted), 'restored');
      return { id, version: number(rowOf(tx, id), 'version') };
    });
  }

  /** Keeps what the memory was as a version and makes `draft` what it is. */
  #newVersion(tx: Transaction, id: string, draft: Draft, change: Change): void {
    const now = this.#options.now();
    const memory = number(rowOf(tx, id), 'row');
    tx.run(
      `INSERT INTO memory_versions (memory, version, change, title, tier, tags, content, blob, size, at)
       SELECT row, version, change, title, tier, tags, content, blob, size, updated_at FROM memories WHERE row = ?`,
      [memory],
    );
    const { content, blob, size } = draft.stored;
    tx.run(
      `UPDATE memories SET title = ?, tier = ?, tags = ?, content = ?, blob = ?, size = ?, version = version + 1,
         change = ?, updated_at = ?, updated_commit = ?, archived_at = ? WHERE row = ?`,
      [
        draft.title, draft.tier, JSON.stringify(draft.tags), content, blob, size,
        change, now, tx.commit, change === 'archived' ? now : null, memory,
      ], // prettier-ignore
    );
    tx.run('DELETE FROM memory_tags WHERE memory = ?', [memory]);
    insertTags(tx, memory, draft.tags);
  }

  #forEach<T, R>(
    ids: readonly string[],
    work: (tx: Transaction, id: string) => T,
    answer: (outcome: { done: T[]; missing: string[] }) => R,
  ): R {
    return this.#store.write((tx) => {
      const known = new Set(ids.filter((id) => findRow(tx, id) !== undefined));
      const missing = [...new Set(ids)].filter((id) => !known.has(id));
      return answer({ done: [...known].map((id) => work(tx, id)), missing });
    });
  }
}

function insertMemory(
  tx: Transaction,
  memory: NewMemory,
  id: string,
  stored: StoredContent,
  at: number,
): void {
  const tags = [...new Set(memory.tags)];
  const { content, blob, size } = stored;
  tx.run(
    `INSERT INTO memories (id, title, tier, tags, source, content, blob, size, version, change, created_at, updated_at, updated_commit)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 'created', ?, ?, ?)`,
    [
      id, memory.title, memory.tier ?? 'long_term', JSON.stringify(tags), memory.source ?? null,
      content, blob, size, at, at, tx.commit,
    ], // prettier-ignore
  );
  const row = number(rowOf(tx, id), 'row');
  insertTags(tx, row, tags);
  for (const { to, type } of memory.relations ?? []) {
    rowOf(tx, to);
    tx.run('INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?)', [id, to, type, at]);
  }
  memory.anchors?.forEach((anchor, position) => {
    tx.run('INSERT INTO anchors VALUES (?, ?, ?)', [row, position, JSON.stringify(anchor)]);
  });
}

function insertTags(tx: Transaction, memory: number, tags: readonly string[]): void {
  for (const tag of tags) tx.run('INSERT INTO memory_tags (memory, tag) VALUES (?, ?)', [memory, tag]);
}

const ROW = `SELECT ${SUMMARY_COLUMNS}, m.content, m.blob FROM memories m WHERE m.id = ?`;

function findRow(view: SqlReader, id: string) {
  return view.first(ROW, [id]);
}

function rowOf(view: SqlReader, id: string) {
  const row = findRow(view, id);
  if (row === undefined) throw memoryNotFound(id);
  return row;
}

function versionRow(view: SqlReader, memory: number, version: number) {
  return view.first(
    'SELECT title, tier, tags, content, blob, size FROM memory_versions WHERE memory = ? AND version = ?',
    [memory, version],
  );
}

function draftOf(row: ReturnType<typeof rowOf>): Draft {
  return {
    title: text(row, 'title'),
    tier: Tier.parse(row['tier']),
    tags: tagsOf(row),
    stored: {
      content: row['content'] === null ? null : text(row, 'content'),
      blob: row['blob'] === null ? null : text(row, 'blob'),
      size: number(row, 'size'),
    },
  };
}

function sameDraft(a: Draft, b: Draft): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function changedTags(before: readonly string[], change: MemoryChange): string[] {
  const removed = new Set(change.removeTags);
  const tags = [...new Set([...(change.tags ?? before), ...(change.addTags ?? [])])].filter(
    (tag) => !removed.has(tag),
  );
  if (tags.length > limits.tagsPerMemory) {
    throw invalidInput(`A memory has at most ${limits.tagsPerMemory} tags.`, 'Remove some with removeTags.');
  }
  return tags;
}
