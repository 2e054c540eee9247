import type { Random } from './random.ts';

/** Ranks from 0 that come up as often as Zipf's law says, with Mandelbrot's offset: 1 / (rank + offset). */
export class Zipf {
  readonly #upTo: Float64Array;

  constructor(size: number, offset: number) {
    this.#upTo = new Float64Array(size);
    let sum = 0;
    for (const rank of this.#upTo.keys()) this.#upTo[rank] = sum += 1 / (rank + offset);
  }

  rank(random: Random): number {
    return this.#rankAt(random.next() * (this.#upTo.at(-1) ?? 0));
  }

  #rankAt(share: number): number {
    let [low, high] = [0, this.#upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#upTo[middle] ?? 0) < share) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
