import { grown } from './grown.ts';
import { NumberReader, type NumberWriter } from './numbers.ts';
import { Regions } from './regions.ts';

const SMALLEST_ROOM = 8;
/** The most bytes of a slot's distance, and of a weight. */
const LONGEST_NUMBER = 5;

/** Where a list is written to. */
interface PostingArrays {
  readonly slots: Uint32Array;
  readonly weights: Uint32Array;
}

/**
 * For each word, the documents that hold it and how much it weighs in them, in the order they were appended.
 *
 * A list is one stretch of bytes. A posting is the distance from the slot before it, doubled, plus 1 if a weight
 * follows, which is 1 otherwise; both numbers are LEB128, so most postings take a byte. Lists are saved as they are,
 * so restoring them decodes nothing. A list that has filled its stretch moves to one of twice the size.
 */
export class Postings {
  private readonly regions = new Regions();
  /** Where each list is in `regions`, how many bytes it has there, and how many it may have. */
  private chunks = new Uint32Array(64);
  private starts = new Uint32Array(64);
  private sizes = new Uint32Array(64);
  private rooms = new Uint32Array(64);
  /** The slot behind the last one of each list. */
  private nextSlots = new Uint32Array(64);

  /** Adds a document to a list; `slot` is above those that it has and below 2^30, `weight` an integer above 0. */
  append(list: number, slot: number, weight: number): void {
    if (list >= this.sizes.length) this.reserveLists(list + 1);
    const size = this.sizes[list] ?? 0;
    const most = size + (weight === 1 ? LONGEST_NUMBER : 2 * LONGEST_NUMBER);
    if (most > (this.rooms[list] ?? 0)) this.move(list, size, Math.max(SMALLEST_ROOM, most, 2 * size));
    const bytes = this.regions.chunk(this.chunks[list] ?? 0);
    const start = this.starts[list] ?? 0;
    const doubled = 2 * (slot - (this.nextSlots[list] ?? 0));
    let end = writeNumber(bytes, start + size, weight === 1 ? doubled : doubled + 1);
    if (weight !== 1) end = writeNumber(bytes, end, weight);
    this.sizes[list] = end - start;
    this.nextSlots[list] = slot + 1;
  }

  /** Writes the slots and the weights of a list from `from` on, where there must be room; returns where they end. */
  read(list: number, { slots, weights }: PostingArrays, from = 0): number {
    const bytes = this.regions.chunk(this.chunks[list] ?? 0);
    let at = this.starts[list] ?? 0;
    const end = at + (this.sizes[list] ?? 0);
    let count = from;
    for (let slot = 0; at < end; slot++, count++) {
      let doubled = bytes[at++] ?? 0;
      if (doubled >= 0x80) {
        doubled = longNumber(bytes, at, doubled);
        at += longerBy(doubled);
      }
      let weight = 1;
      if ((doubled & 1) !== 0) {
        weight = bytes[at++] ?? 0;
        if (weight >= 0x80) {
          weight = longNumber(bytes, at, weight);
          at += longerBy(weight);
        }
      }
      slot += doubled >>> 1;
      slots[count] = slot;
      weights[count] = weight;
    }
    return count;
  }

  /** At most so many postings are in a list. */
  mostIn(list: number): number {
    return this.sizes[list] ?? 0;
  }

  /** Gives each posting of a list to `visit`, in order. Takes several times as long as `read`. */
  each(list: number, visit: (slot: number, weight: number) => void): void {
    const start = this.starts[list] ?? 0;
    const from = this.regions.chunk(this.chunks[list] ?? 0).subarray(start, start + (this.sizes[list] ?? 0));
    const reader = new NumberReader(from);
    for (let slot = 0; reader.hasMore; slot++) {
      const doubled = reader.number();
      slot += Math.floor(doubled / 2);
      visit(slot, doubled % 2 === 0 ? 1 : reader.number());
    }
  }

  /** All of the first `lists` lists. */
  save(to: NumberWriter, lists: number): void {
    to.words(this.sizes, lists);
    to.words(this.nextSlots, lists);
    for (let list = 0; list < lists; list++) {
      const start = this.starts[list] ?? 0;
      to.raw(this.regions.chunk(this.chunks[list] ?? 0).subarray(start, start + (this.sizes[list] ?? 0)));
    }
  }

  /** Takes in what was saved, and goes on using those bytes, without changing them; this must be empty. */
  restore(from: NumberReader, lists: number): void {
    this.reserveLists(lists);
    this.sizes.set(from.words(lists));
    this.nextSlots.set(from.words(lists));
    this.rooms.set(this.sizes);
    let end = 0;
    for (let list = 0; list < lists; list++) {
      this.starts[list] = end;
      end += this.sizes[list] ?? 0;
    }
    this.regions.add(from.raw(end));
  }

  private move(list: number, size: number, room: number): void {
    const from = this.regions.chunk(this.chunks[list] ?? 0);
    const start = this.starts[list] ?? 0;
    this.regions.allocate(room);
    const { lastChunk, lastStart } = this.regions;
    this.regions.chunk(lastChunk).set(from.subarray(start, start + size), lastStart);
    this.chunks[list] = lastChunk;
    this.starts[list] = lastStart;
    this.rooms[list] = room;
  }

  private reserveLists(lists: number): void {
    this.chunks = grown(this.chunks, Uint32Array, lists);
    this.starts = grown(this.starts, Uint32Array, lists);
    this.sizes = grown(this.sizes, Uint32Array, lists);
    this.rooms = grown(this.rooms, Uint32Array, lists);
    this.nextSlots = grown(this.nextSlots, Uint32Array, lists);
  }
}

function writeNumber(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** The LEB128 number whose first byte is `first`, of several, and whose others begin at `from`. */
function longNumber(bytes: Uint8Array, from: number, first: number): number {
  let value = first & 0x7f;
  let byte = 0x80;
  for (let at = from, bits = 7; byte >= 0x80; at++, bits += 7) {
    byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << bits;
  }
  return value >>> 0;
}

/** How many bytes a number has behind its first one. */
function longerBy(value: number): number {
  return value < 1 << 14 ? 1 : value < 1 << 21 ? 2 : value < 1 << 28 ? 3 : 4;
}
