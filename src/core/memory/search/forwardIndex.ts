import { grown } from './grown.ts';

const CHUNK_BYTES = 1 << 16;

/**
 * The surfaces of each document, so that removing one finds what it counted in. Slots are appended in order.
 * Numbers are LEB128: frequent surfaces are met early, have small numbers, and take one or two bytes.
 */
export class ForwardIndex {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;
  private starts = new Uint32Array(64);
  private slots = 0;

  /** Records the next slot's surfaces: the first `count` of `surfaces`. */
  append(surfaces: Uint32Array, count: number): void {
    if (this.slots >= this.starts.length) this.starts = grown(this.starts, Uint32Array, this.slots + 1);
    this.starts[this.slots++] = this.length;
    for (let i = 0; i < count; i++) this.writeNumber(surfaces[i] ?? 0);
  }

  /** Gives each surface of a slot to `visit`. */
  read(slot: number, visit: (surface: number) => void): void {
    const end = slot + 1 < this.slots ? (this.starts[slot + 1] ?? 0) : this.length;
    let value = 0;
    let shift = 0;
    for (let at = this.starts[slot] ?? 0; at < end; at++) {
      const byte = this.chunks[Math.floor(at / CHUNK_BYTES)]?.[at % CHUNK_BYTES] ?? 0;
      value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte >= 0x80) continue;
      visit(value);
      value = 0;
      shift = 0;
    }
  }

  private writeNumber(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.writeByte((rest & 0x7f) | 0x80);
    this.writeByte(rest);
  }

  private writeByte(byte: number): void {
    const chunk = Math.floor(this.length / CHUNK_BYTES);
    if (chunk === this.chunks.length) this.chunks.push(new Uint8Array(CHUNK_BYTES));
    const bytes = this.chunks[chunk];
    if (bytes !== undefined) bytes[this.length % CHUNK_BYTES] = byte;
    this.length++;
  }
}
