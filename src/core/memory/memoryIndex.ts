import { undamaged } from '../known.ts';
import type { Blobs } from '../log/blobs.ts';
import type { KeptView } from '../store/keptView.ts';
import { number, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import { Tier } from './memory.ts';
import { loadContent } from './rows.ts';
import { NumberReader, NumberWriter } from './search/numbers.ts';
import { pack, unpack } from './search/packing.ts';
import { SearchIndex } from './search/searchIndex.ts';

const MEMORIES =
  'SELECT m.row, m.title, m.tier, m.updated_at, m.archived_at, m.content, m.blob FROM memories m';
/** How many memories are read at a time when all of them are. */
const BATCH = 500;

/**
 * The full-text index of one context's memories: a view of the log beside the SQL view. It begins from what a
 * snapshot keeps, or from all rows, and takes in the rows that changed when it is next asked for.
 */
export class MemoryIndex implements KeptView {
  readonly name = 'search';
  readonly #blobs: Blobs;
  readonly #changed = new Set<number>();
  /** Rows whose content could not be read, so that only their titles are in the index. */
  readonly #unread = new Set<number>();
  #index: SearchIndex | undefined;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** Whether there is an index already, so that nothing is to be restored. */
  get hasBegun(): boolean {
    return this.#index !== undefined;
  }

  /** How many memories are in it by their titles alone, since their content could not be read. */
  get unread(): number {
    return this.#unread.size;
  }

  rowChanged(table: string, row: number): void {
    if (table === 'memories') this.#changed.add(row);
  }

  reset(): void {
    this.#index = undefined;
    this.#changed.clear();
    this.#unread.clear();
  }

  /** Rows that changed since may have been told before: they are taken in after it. */
  restore(bytes: Uint8Array): boolean {
    const unpacked = unpack(bytes);
    if (unpacked === undefined) return false;
    const reader = new NumberReader(unpacked);
    const unread = new Float64Array(reader.count());
    reader.distances(unread, unread.length);
    const index = new SearchIndex();
    if (!index.restore(reader.rest())) return false;
    this.#index = index;
    // What could not be read then may have been put back since.
    for (const row of unread) this.#changed.add(row);
    return true;
  }

  keep(view: SqlReader): Uint8Array {
    const index = this.upToDate(view);
    const writer = new NumberWriter();
    writer.number(this.#unread.size);
    writer.distances([...this.#unread], this.#unread.size);
    writer.raw(index.save());
    return pack(writer.written());
  }

  /**
   * The index of the memories as they are in `view` now.
   * @param provisional whether that may be taken back: then what changed is taken in again the next time
   */
  upToDate(view: SqlReader, provisional = false): SearchIndex {
    // What could not be read may have been put back, or was out of reach for a moment only.
    for (const row of this.#unread) this.#changed.add(row);
    if (this.#index === undefined) this.#index = this.#indexAll(view);
    else this.#takeInChanged(this.#index, view);
    if (!provisional) this.#changed.clear();
    return this.#index;
  }

  #indexAll(view: SqlReader): SearchIndex {
    const index = new SearchIndex();
    for (let rows = batch(view, 0); rows.length > 0; rows = batch(view, lastRow(rows)))
      for (const row of rows) this.#put(index, row);
    return index;
  }

  #takeInChanged(index: SearchIndex, view: SqlReader): void {
    for (const row of this.#changed) {
      const memory = view.first(`${MEMORIES} WHERE m.row = ?`, [row]);
      if (memory === undefined) this.#remove(index, row);
      else this.#put(index, memory);
    }
  }

  #put(index: SearchIndex, memory: Row): void {
    const rowid = number(memory, 'row');
    const content = readContent(this.#blobs, memory);
    if (content === undefined) this.#unread.add(rowid);
    else this.#unread.delete(rowid);
    index.put({
      rowid,
      title: text(memory, 'title'),
      content: content ?? '',
      tier: Tier.parse(memory['tier']),
      updatedAt: number(memory, 'updated_at'),
      archived: memory['archived_at'] !== null,
    });
  }

  #remove(index: SearchIndex, row: number): void {
    this.#unread.delete(row);
    index.remove(row);
  }
}

/**
 * What a memory says, or its first `most` UTF-16 units; undefined when its blob is damaged: reading the memory names the
 * file.
 */
export function readContent(blobs: Blobs, memory: Row, most?: number): string | undefined {
  return undamaged(() => loadContent(blobs, memory, most));
}

function batch(view: SqlReader, after: number): Row[] {
  return view.all(`${MEMORIES} WHERE m.row > ? ORDER BY m.row LIMIT ${BATCH}`, [after]);
}

function lastRow(rows: readonly Row[]): number {
  return Math.max(...rows.map((row) => number(row, 'row')));
}
