import { ByteCache, type CacheCounts, type CacheLimits } from '../cache.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { RowFollower, Store } from '../store/store.ts';
import type { Memory, MemorySummary } from './memory.ts';
import { findRow, loadBlob, namingMemory, summaryOf } from './rows.ts';

/** A memory as its row has it. */
interface Decoded {
  readonly row: number;
  readonly summary: MemorySummary;
  /** Empty when a blob of this name holds it. */
  readonly content: string;
  readonly blob: string | undefined;
}

/**
 * Keeps decoded memories until their rows change, and the content of large ones.
 *
 * All that a memory says is in its row (relations, anchors and earlier versions are not, and are not kept), and SQLite
 * tells of each row that any statement touches, in a commit of this process, of another one, or in a transaction that
 * is then rolled back; so an entry that is still here is what the view has. Nothing is taken in during a transaction,
 * since that may never be committed. Content is kept by the name of its blob, the SHA-256 of what it holds.
 */
export class MemoryCache implements RowFollower {
  readonly #store: Store;
  readonly #contents: ByteCache<string>;
  readonly #decoded: ByteCache<Decoded>;
  /** Of what is in `#decoded`. */
  readonly #idOfRow = new Map<number, string>();

  constructor(store: Store, limits: Readonly<Record<'memories' | 'contents', CacheLimits>>) {
    this.#store = store;
    this.#contents = new ByteCache(limits.contents);
    this.#decoded = new ByteCache(limits.memories, ({ row }) => this.#idOfRow.delete(row));
    store.follow(this);
  }

  /** The memories of these ids, in that order, without their content; undefined for an unknown id. */
  summaries(ids: readonly string[]): (MemorySummary | undefined)[] {
    return this.#store.read((view) => ids.map((id) => this.#find(view, id)?.summary));
  }

  /** The same with their content, or its first `most` UTF-16 units. @throws PF-4003 when a blob is damaged. */
  memories(ids: readonly string[], most?: number): (Memory | undefined)[] {
    return this.#store.read((view) => ids.map((id) => this.#whole(this.#find(view, id), most)));
  }

  rowChanged(table: string, row: number): void {
    const id = table === 'memories' ? this.#idOfRow.get(row) : undefined;
    if (id !== undefined) this.#decoded.delete(id);
  }

  reset(): void {
    this.#decoded.clear();
    this.#contents.clear();
  }

  get counts(): { readonly memories: CacheCounts; readonly contents: CacheCounts } {
    return { memories: this.#decoded.counts, contents: this.#contents.counts };
  }

  #find(view: SqlReader, id: string): Decoded | undefined {
    if (this.#store.isWriting) return decoded(findRow(view, id));
    return this.#decoded.get(id) ?? this.#keep(id, decoded(findRow(view, id)));
  }

  #keep(id: string, found: Decoded | undefined): Decoded | undefined {
    if (found !== undefined && this.#decoded.set(id, found)) this.#idOfRow.set(found.row, id);
    return found;
  }

  #whole(found: Decoded | undefined, most: number | undefined): Memory | undefined {
    return found && { ...found.summary, content: this.#contentOf(found, most) };
  }

  #contentOf({ summary, content, blob }: Decoded, most: number | undefined): string {
    if (blob === undefined) return content.slice(0, most);
    const kept = this.#contents.get(blob);
    if (kept !== undefined) return kept.slice(0, most);
    const loaded = namingMemory(summary.id, () => loadBlob(this.#store.blobs, blob, most));
    if (most === undefined) this.#contents.set(blob, loaded);
    return loaded;
  }
}

function decoded(row: Row | undefined): Decoded | undefined {
  if (row === undefined) return undefined;
  const summary = summaryOf(row);
  Object.freeze(summary.tags);
  const blob = optional(text, row, 'blob');
  return {
    row: number(row, 'row'),
    summary: Object.freeze(summary),
    content: blob === undefined ? text(row, 'content') : '',
    blob,
  };
}
