import { LRUCache } from 'lru-cache';

export interface CacheLimits {
  /** The most bytes that all entries may have together. */
  readonly maxBytes: number;
  /** A larger one is not kept: it would push out too much for the sake of one. */
  readonly maxEntryBytes: number;
}

/** What a cache did since the process began, and what it holds now. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  /** Of all entries, estimated. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Entries that were let go for want of room. */
  readonly evictions: number;
}

/** Keeps what was used last, within a number of bytes: what was not used for longest goes first. */
export class ByteCache<V extends object | string> {
  readonly #entries: LRUCache<string, V>;
  readonly #limits: CacheLimits;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  /** @param dropped is told of every entry that is not kept any longer, whatever the reason. */
  constructor(limits: CacheLimits, dropped: (value: V) => void = () => {}) {
    this.#limits = limits;
    this.#entries = new LRUCache<string, V>({
      maxSize: limits.maxBytes,
      maxEntrySize: limits.maxEntryBytes,
      sizeCalculation: (value, key) => ENTRY_BYTES + bytesOf(key) + bytesOf(value),
      dispose: (value, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        dropped(value);
      },
    });
  }

  get(key: string): V | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined) this.#misses += 1;
    else this.#hits += 1;
    return kept;
  }

  /**
   * Whoever reads it gets this very object: it must not change any more.
   * @returns whether it is kept: false when it is larger than an entry may be
   */
  set(key: string, value: V): boolean {
    this.#entries.set(key, value);
    return this.#entries.has(key);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  get counts(): CacheCounts {
    return {
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#entries.size,
      bytes: this.#entries.calculatedSize,
      maxBytes: this.#limits.maxBytes,
      evictions: this.#evictions,
    };
  }
}

// What V8 needs on a 64-bit machine; `test/core/cache.test.ts` compares the sums with a real heap.

/** The place of an entry in the table and in the order of use. */
const ENTRY_BYTES = 150;
const STRING_BYTES = 20;
const OBJECT_BYTES = 32;
/** A field of an object or an element of an array. */
const FIELD_BYTES = 8;
/** A number that is no small integer, as times are not. */
const NUMBER_BYTES = 12;

/**
 * Bytes that plain data takes in memory, estimated. A character of a string takes one when all of it is ASCII, else
 * two: that is what V8 needs from the first character beyond Latin-1 on.
 */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return STRING_BYTES + value.length * (isAscii(value) ? 1 : 2);
  if (typeof value === 'number') return NUMBER_BYTES;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce(
    (sum: number, field) => sum + FIELD_BYTES + bytesOf(field),
    OBJECT_BYTES,
  );
}

/** Counting the bytes of UTF-8 is many times as fast as a look at each character. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
