import { grown } from './grown.ts';

/**
 * Positive sums by a small integer key, in an array that is kept between uses. Only the keys that were touched are
 * listed and cleared, so a use costs what it touches, however many keys there are.
 */
export class SparseSums {
  /** The sum of each key; 0 where nothing was added. */
  values = new Float64Array(64);
  /** The keys with a sum, in the order they were first met; valid up to `count`. */
  touched = new Uint32Array(64);
  count = 0;

  /** Makes room for the keys below `keys`. Without it, `add` loses what it cannot hold. */
  reserve(keys: number): void {
    if (keys <= this.values.length) return;
    this.values = grown(this.values, Float64Array, keys);
    this.touched = grown(this.touched, Uint32Array, keys);
  }

  /** Adds an amount above 0. */
  add(key: number, amount: number): void {
    const sum = this.values[key] ?? 0;
    if (sum === 0) this.touched[this.count++] = key;
    this.values[key] = sum + amount;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.values[this.touched[i] ?? 0] = 0;
    this.count = 0;
  }
}
