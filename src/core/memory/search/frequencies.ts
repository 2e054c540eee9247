import { grown } from './grown.ts';
import type { Postings } from './postings.ts';

/** How often each document holds some words: slots, ascending, and the weights at the same places; valid up to `count`. */
export class Frequencies {
  count = 0;
  slots = new Uint32Array(0);
  weights = new Uint32Array(0);
  /** Sums by slot, all 0 between uses. */
  private sums = new Uint32Array(0);

  /** Makes room for the slots below `slots`. */
  reserve(slots: number): void {
    if (slots <= this.sums.length) return;
    this.sums = grown(this.sums, Uint32Array, slots);
    // One more, which is written to and never read: see `collect`.
    this.slots = new Uint32Array(this.sums.length + 1);
    this.weights = new Uint32Array(this.sums.length + 1);
  }

  /** Becomes those of the words whose lists these are, taken together. All slots are below `end`. */
  gather(postings: Postings, lists: readonly number[], end: number): void {
    this.count = 0;
    for (const list of lists) {
      // There is room for a list of all documents.
      if (this.count + postings.mostIn(list) > this.slots.length) this.add();
      this.count = postings.read(list, this, this.count);
    }
    if (lists.length <= 1) return;
    this.add();
    this.collect(end);
  }

  /** Moves the weights to the sums of their slots. */
  private add(): void {
    const { slots, weights, sums, count } = this;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] ?? 0;
      sums[slot] = (sums[slot] ?? 0) + (weights[i] ?? 0);
    }
    this.count = 0;
  }

  /**
   * Finds the slots below `end` that have a sum, and clears them. Nobody kept an account of where they are: a beginning of
   * a letter or two has a million postings, and that would take longer than to look at all slots.
   */
  private collect(end: number): void {
    const { sums, slots, weights } = this;
    let count = 0;
    // Which have a sum is as good as random, so there is no branch: a slot without one is written over.
    for (let slot = 0; slot < end; slot++) {
      const sum = sums[slot] ?? 0;
      slots[count] = slot;
      weights[count] = sum;
      count += Number(sum > 0);
    }
    sums.fill(0, 0, end);
    this.count = count;
  }
}
