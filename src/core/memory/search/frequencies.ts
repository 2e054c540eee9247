/** How many slots `collect` passes over at once when none of them has a sum. */
const STRIDE = 8;

/**
 * How much each document has of some words, by its slot. `Postings.sum` adds to `values` and keeps no account of where:
 * a beginning of a letter or two has a million postings, and that account takes longer than all the rest. `collect` finds
 * the slots afterwards; it looks at all of them, in about 20 microseconds for 100,000 when few have a sum.
 */
export class Frequencies {
  /** The sum of each slot; 0 where nothing was added. A whole number of strides. */
  values = new Uint32Array(STRIDE);
  /** What `collect` found: the slots with a sum, in order; valid up to `count`. */
  slots = new Uint32Array(STRIDE + 1);
  count = 0;

  /** Makes room for the slots below `slots`; there must be no sums yet. */
  reserve(slots: number): void {
    if (slots <= this.values.length) return;
    const room = STRIDE * Math.ceil((1.5 * slots) / STRIDE);
    this.values = new Uint32Array(room);
    this.slots = new Uint32Array(room + 1);
  }

  /** Finds those of the slots below `end` that have a sum. */
  collect(end: number): void {
    let count = 0;
    for (let from = 0; from < end; from += STRIDE) if (!this.isBare(from)) count = this.take(from, count);
    this.count = count;
  }

  /** Forgets the sums of the slots that were collected. */
  clear(): void {
    for (let i = 0; i < this.count; i++) this.values[this.slots[i] ?? 0] = 0;
    this.count = 0;
  }

  private isBare(from: number): boolean {
    const { values } = this;
    let any = 0;
    for (let slot = from; slot < from + STRIDE; slot++) any |= values[slot] ?? 0;
    return any === 0;
  }

  /** Adds the slots of a stride to the first `found` of `slots`. */
  private take(from: number, found: number): number {
    const { values, slots } = this;
    let count = found;
    // Which have a sum is as good as random, so there is no branch: a slot without one is written over.
    for (let slot = from; slot < from + STRIDE; slot++) {
      slots[count] = slot;
      count += values[slot] === 0 ? 0 : 1;
    }
    return count;
  }
}
