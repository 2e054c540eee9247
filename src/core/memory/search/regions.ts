const SMALLEST_CHUNK = 1 << 14;
const LARGEST_CHUNK = 1 << 20;
const NONE = new Uint8Array(0);

/** Stretches of bytes, cut from a few large arrays: a typed array of its own would cost each of them 200 bytes. */
export class Regions {
  /** Where the stretch lies that `allocate` gave last: the number of its chunk, and where it starts in that. */
  lastChunk = 0;
  lastStart = 0;
  private readonly chunks: Uint8Array[] = [];
  private free = 0;
  private total = 0;

  chunk(number: number): Uint8Array {
    return this.chunks[number] ?? NONE;
  }

  /** Finds room for `length` bytes, which are 0. */
  allocate(length: number): void {
    if (this.free + length > this.chunk(this.chunks.length - 1).length) {
      const usual = Math.min(Math.max(this.total, SMALLEST_CHUNK), LARGEST_CHUNK);
      this.add(new Uint8Array(Math.max(length, usual)));
      this.free = 0;
    }
    this.lastChunk = this.chunks.length - 1;
    this.lastStart = this.free;
    this.free += length;
  }

  /** Takes `bytes` for a chunk that is full. */
  add(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.free = bytes.length;
    this.total += bytes.length;
  }
}
