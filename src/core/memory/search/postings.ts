import { grown } from './grown.ts';

const CHUNK_BITS = 16;
const CHUNK_WORDS = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK_WORDS - 1;
const FIRST_SLICE = 4;
const LARGEST_SLICE = 2048;
const WEIGHT_BITS = 6;
const WEIGHT_MASK = (1 << WEIGHT_BITS) - 1;
/** In place of a weight: the weight is too large for its bits, and fills the next word. */
const WIDE = WEIGHT_MASK;
const NO_CHUNK = new Uint32Array(0);

/**
 * For each term, the documents that hold it and how much they weigh: in the order they were appended.
 *
 * All lists live in one pool of 32-bit words, as in Lucene's in-memory index: a list is a chain of slices that
 * double in size, and the last word of a full slice is the address of the next. A posting is one word: 26 bits of
 * slot (67 million documents between compactions) and 6 of weight; a weight of 63 or more takes a second word.
 * A word of 0 is padding: no posting has the weight 0.
 */
export class Postings {
  /** What `read` found: valid up to the count that it returned, until the next `read`. */
  slots = new Uint32Array(64);
  weights = new Uint32Array(64);

  private readonly chunks: Uint32Array[] = [];
  private nextFree = 0;
  private heads = new Uint32Array(64);
  private writeAt = new Uint32Array(64);
  /** Where the last slice of each list ends, at its link; 0 before the first posting. */
  private sliceEnds = new Uint32Array(64);
  private sliceSizes = new Uint32Array(64);

  /** Adds a document to the list of a term; `weight` is an integer above 0. */
  append(term: number, slot: number, weight: number): void {
    this.makeRoom(term, weight < WIDE ? 1 : 2);
    const word = (slot << WEIGHT_BITS) | Math.min(weight, WIDE);
    this.write(term, word);
    if (weight >= WIDE) this.write(term, weight);
  }

  /** Puts the list of a term into `slots` and `weights`, and returns its length. */
  read(term: number): number {
    const last = this.writeAt[term] ?? 0;
    let count = 0;
    let from = this.heads[term] ?? 0;
    for (let words = FIRST_SLICE; ; words = Math.min(2 * words, LARGEST_SLICE)) {
      const end = last >= from && last < from + words ? last : from + words - 1;
      count = this.readSlice(from, end, count);
      if (end === last) return count;
      from = this.chunkOf(from)[end & IN_CHUNK] ?? 0;
    }
  }

  private readSlice(from: number, end: number, found: number): number {
    const chunk = this.chunkOf(from);
    this.reserveResults(found + end - from);
    const { slots, weights } = this;
    const stop = (from & IN_CHUNK) + end - from;
    let count = found;
    for (let i = from & IN_CHUNK; i < stop; i++) {
      const word = chunk[i] ?? 0;
      if (word === 0) continue;
      const weight = word & WEIGHT_MASK;
      slots[count] = word >>> WEIGHT_BITS;
      weights[count] = weight === WIDE ? (chunk[++i] ?? 0) : weight;
      count++;
    }
    return count;
  }

  private makeRoom(term: number, words: number): void {
    if (term >= this.heads.length) this.reserveTerms(term + 1);
    const end = this.sliceEnds[term] ?? 0;
    const at = this.writeAt[term] ?? 0;
    if (at + words <= end) return;
    const size = end === 0 ? FIRST_SLICE : Math.min(2 * (this.sliceSizes[term] ?? 0), LARGEST_SLICE);
    const next = this.allocate(size);
    if (end === 0) this.heads[term] = next;
    else this.chunkOf(end)[end & IN_CHUNK] = next;
    this.writeAt[term] = next;
    this.sliceSizes[term] = size;
    this.sliceEnds[term] = next + size - 1;
  }

  private write(term: number, word: number): void {
    const at = this.writeAt[term] ?? 0;
    this.chunkOf(at)[at & IN_CHUNK] = word;
    this.writeAt[term] = at + 1;
  }

  /** The address of a fresh slice. A slice lies in one chunk. */
  private allocate(size: number): number {
    const start =
      (this.nextFree & IN_CHUNK) + size > CHUNK_WORDS ? this.chunks.length << CHUNK_BITS : this.nextFree;
    if (start >>> CHUNK_BITS === this.chunks.length) this.chunks.push(new Uint32Array(CHUNK_WORDS));
    this.nextFree = start + size;
    return start;
  }

  private chunkOf(address: number): Uint32Array {
    return this.chunks[address >>> CHUNK_BITS] ?? NO_CHUNK;
  }

  private reserveTerms(terms: number): void {
    this.heads = grown(this.heads, Uint32Array, terms);
    this.writeAt = grown(this.writeAt, Uint32Array, terms);
    this.sliceEnds = grown(this.sliceEnds, Uint32Array, terms);
    this.sliceSizes = grown(this.sliceSizes, Uint32Array, terms);
  }

  private reserveResults(count: number): void {
    if (count <= this.slots.length) return;
    this.slots = grown(this.slots, Uint32Array, count);
    this.weights = grown(this.weights, Uint32Array, count);
  }
}
