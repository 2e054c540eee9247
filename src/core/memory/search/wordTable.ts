import { grown } from './grown.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';

const EMPTY = 0;

/** So many words are looked for among the characters of restored ones before these are hashed. */
const FEW = 16;
/** Where a word stands within so many longer ones, that takes as long as hashing. */
const MANY = 256;

/**
 * Words numbered from 0 in the order they are met, and found by their characters where they stand in a text: no
 * string is cut out for a word that is known, and none is kept. A hash table with open addressing and linear
 * probing, FNV-1a hashes, and the characters of all words in one array.
 */
export class WordTable {
  size = 0;
  /** How many of them are in `entries`: those that were restored get there when somebody looks for a word. */
  private hashed = 0;
  private soughtUnhashed = 0;
  /** Pairs of a hash and a number + 1. */
  private entries = new Int32Array(2 * 256);
  private characters = new Uint16Array(1024);
  /** Where each word ends in `characters`; the next one begins there. */
  private ends = new Uint32Array(64);

  /** The number of the word at `from`..`to` of `source`, which is added if need be. */
  number(source: string, from: number, to: number): number {
    const hash = hashOf(source, from, to);
    const known = this.probe(source, from, to, hash);
    return known >= 0 ? known : this.add(source, from, to, hash);
  }

  /** The number of the word at `from`..`to` of `source`; below 0 if it is not in the table. */
  find(source: string, from: number, to: number): number {
    const known = this.findUnhashed(source, from, to);
    return known ?? this.probe(source, from, to, hashOf(source, from, to));
  }

  /** The word with a number. */
  name(number: number): string {
    return String.fromCharCode(...this.characters.subarray(this.startOf(number), this.ends[number]));
  }

  /** The UTF-16 unit at `at` of a word; 0 past its end. */
  unit(number: number, at: number): number {
    const place = this.startOf(number) + at;
    return place < (this.ends[number] ?? 0) ? (this.characters[place] ?? 0) : 0;
  }

  save(to: NumberWriter): void {
    const units = this.startOf(this.size);
    to.number(this.size);
    to.words(this.ends, this.size);
    to.raw(new Uint8Array(this.characters.buffer, 0, units * this.characters.BYTES_PER_ELEMENT));
  }

  /** Takes in what was saved; this must be empty. */
  restore(from: NumberReader): void {
    const ends = from.words(from.count());
    if (!isAscending(ends)) from.refuse();
    const length = (ends.at(-1) ?? 0) * this.characters.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(from.raw(length));
    if (length === 0 || bytes.length < length) return;
    this.characters = new Uint16Array(bytes.buffer);
    this.ends = ends;
    this.size = ends.length;
  }

  beginsWith(number: number, prefix: string): boolean {
    const start = this.startOf(number);
    return (this.ends[number] ?? 0) - start >= prefix.length && this.hasAt(start, prefix, 0, prefix.length);
  }

  /**
   * The same for the first searches after restoring, which would wait for the hashes of all words; undefined when
   * these are there, or cost no more.
   */
  private findUnhashed(source: string, from: number, to: number): number | undefined {
    if (this.hashed === this.size || this.soughtUnhashed++ >= FEW) return undefined;
    const { buffer, byteOffset } = this.characters;
    const characters = Buffer.from(buffer, byteOffset, 2 * this.startOf(this.size));
    const word = source.slice(from, to);
    for (let tries = 0, at = -2; tries < MANY; tries++) {
      at = characters.indexOf(word, at + 2, 'utf16le');
      if (at < 0) return -1;
      const number = this.numberAt(at / 2);
      if (this.startOf(number) === at / 2 && this.ends[number] === at / 2 + word.length) return number;
    }
    return undefined;
  }

  /** The number of the word that the character at `place` belongs to. */
  private numberAt(place: number): number {
    let [low, high] = [0, this.size - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] ?? 0) > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private probe(source: string, from: number, to: number, hash: number): number {
    if (this.hashed < this.size) this.hashRestored();
    const { entries } = this;
    const mask = entries.length - 1;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const entry = entries[at + 1] ?? EMPTY;
      if (entry === EMPTY) return -1;
      if (entries[at] === hash && this.isWord(entry - 1, source, from, to)) return entry - 1;
    }
  }

  private isWord(number: number, source: string, from: number, to: number): boolean {
    const start = this.startOf(number);
    return (this.ends[number] ?? 0) - start === to - from && this.hasAt(start, source, from, to);
  }

  private hasAt(start: number, source: string, from: number, to: number): boolean {
    const { characters } = this;
    for (let i = from, at = start; i < to; i++, at++)
      if (characters[at] !== source.charCodeAt(i)) return false;
    return true;
  }

  private startOf(number: number): number {
    return number === 0 ? 0 : (this.ends[number - 1] ?? 0);
  }

  private add(source: string, from: number, to: number, hash: number): number {
    const number = this.size++;
    if (roomFor(this.size, this.entries.length) > this.entries.length) this.enlarge();
    if (number >= this.ends.length) this.ends = grown(this.ends, Uint32Array, number + 1);
    const start = this.startOf(number);
    const end = start + to - from;
    if (end > this.characters.length) this.characters = grown(this.characters, Uint16Array, end);
    for (let i = 0; i < to - from; i++) this.characters[start + i] = source.charCodeAt(from + i);
    this.ends[number] = end;
    insert(this.entries, hash, number + 1);
    this.hashed = this.size;
    return number;
  }

  private hashRestored(): void {
    this.entries = new Int32Array(roomFor(this.size, this.entries.length));
    const { buffer, byteOffset, byteLength } = this.characters;
    const characters = Buffer.from(buffer, byteOffset, byteLength).toString('utf16le');
    for (let start = 0; this.hashed < this.size; this.hashed++) {
      const end = this.ends[this.hashed] ?? 0;
      insert(this.entries, hashOf(characters, start, end), this.hashed + 1);
      start = end;
    }
  }

  private enlarge(): void {
    const larger = new Int32Array(2 * this.entries.length);
    for (let at = 0; at < this.entries.length; at += 2) {
      const entry = this.entries[at + 1] ?? EMPTY;
      if (entry !== EMPTY) insert(larger, this.entries[at] ?? 0, entry);
    }
    this.entries = larger;
  }
}

/** How long the entries of so many words have to be, at least as long as they are: half of them stay empty. */
function roomFor(words: number, length: number): number {
  return 4 * words > length ? roomFor(words, 2 * length) : length;
}

function isAscending(ends: Uint32Array): boolean {
  // By index: an iterator takes three times as long before it is compiled, which is all that this ever is.
  for (let at = 1; at < ends.length; at++) if ((ends[at] ?? 0) < (ends[at - 1] ?? 0)) return false;
  return true;
}

function insert(entries: Int32Array, hash: number, entry: number): void {
  const mask = entries.length - 1;
  let at = (hash << 1) & mask;
  while (entries[at + 1] !== EMPTY) at = (at + 2) & mask;
  entries[at] = hash;
  entries[at + 1] = entry;
}

function hashOf(source: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
