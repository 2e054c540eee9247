import { grown } from './grown.ts';

/** From here on a number has more bits than the operators for them take. */
const BEYOND_BITS = 2 ** 31;

/** Writes whole numbers from 0 up to 2^53 - 1 as LEB128: seven bits a byte, the lowest first. */
export class NumberWriter {
  private bytes = new Uint8Array(1 << 16);
  private length = 0;

  number(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest >= BEYOND_BITS; rest = Math.floor(rest / 128))
      this.bytes[this.length++] = (rest % 128) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  /** The first `count` of `values` as they are in memory, which is what is read back fastest. */
  words(values: Uint32Array, count: number): void {
    this.raw(new Uint8Array(values.buffer, values.byteOffset, 4 * count));
  }

  /** The first `count` of `values`. How many they are, the reader has to know. */
  numbers(values: ArrayLike<number>, count: number): void {
    for (let i = 0; i < count; i++) this.number(values[i] ?? 0);
  }

  /** The same for numbers of either sign that are near the one before. */
  distances(values: ArrayLike<number>, count: number): void {
    for (let i = 0, before = 0; i < count; i++) {
      const value = values[i] ?? 0;
      const distance = value - before;
      this.number(distance < 0 ? -2 * distance - 1 : 2 * distance);
      before = value;
    }
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** All that was written: not a copy. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more > this.bytes.length)
      this.bytes = grown(this.bytes, Uint8Array, this.length + more);
  }
}

/**
 * Reads what a `NumberWriter` wrote, from bytes that may be anything: whatever they are, no more memory is taken than
 * their length warrants, and at the end `isSpent` tells whether they were as long as what was read.
 */
export class NumberReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get hasMore(): boolean {
    return this.at < this.bytes.length;
  }

  /** Whether everything was read, and nothing that is not there. */
  get isSpent(): boolean {
    return this.at === this.bytes.length;
  }

  number(): number {
    const first = this.bytes[this.at++] ?? 0;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A number that is below `limit` in sound bytes; 0 for any other. */
  below(limit: number): number {
    const value = this.number();
    if (value < limit) return value;
    this.refuse();
    return 0;
  }

  /** Has `isSpent` tell that the bytes are not sound. */
  refuse(): void {
    this.at = this.bytes.length + 1;
  }

  /** How many of something follow that take a byte or more each. */
  count(): number {
    return this.below(this.bytes.length - this.at + 1);
  }

  /** The next `count` that were written as `words`. */
  words(count: number): Uint32Array<ArrayBuffer> {
    const values = new Uint32Array(count);
    new Uint8Array(values.buffer).set(this.raw(4 * count));
    return values;
  }

  /** Fills `values` up to `count`. */
  numbers(values: Float64Array | Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) values[i] = this.number();
  }

  distances(values: Float64Array, count: number): void {
    for (let i = 0, before = 0; i < count; i++) {
      const doubled = this.number();
      before += doubled % 2 === 1 ? -(doubled + 1) / 2 : doubled / 2;
      values[i] = before;
    }
  }

  /** All bytes that are left, where they are. */
  rest(): Uint8Array {
    return this.raw(Math.max(0, this.bytes.length - this.at));
  }

  /** The next `length` bytes where they are: not a copy. */
  raw(length: number): Uint8Array {
    const from = this.at;
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }
}
