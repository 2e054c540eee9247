import type { FilledStores } from './memory/filled.ts';
import type { Result } from './result.ts';
import type { Workplace } from './workplace.ts';

export interface Setting {
  readonly workplace: Workplace;
  /** What holds as many memories as a measure needs. */
  readonly filled: FilledStores;
  /** How many memories are held, ascending. */
  readonly scales: readonly number[];
  /** The last of them, for what is measured at one scale only. */
  readonly largest: number;
  /** Fewer rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  /** Whether a measure was asked for. */
  readonly wanted: (name: string) => boolean;
  /** Tells whoever waits what is being done. */
  readonly say: (line: string) => void;
}

/** Measures that share what has to be prepared for them. */
export interface Bench {
  /** The names of what it measures. */
  readonly measures: readonly string[];
  /** Whether it reads what only Linux tells. */
  readonly linuxOnly?: true;
  /** Gives those that are wanted. It is called only when there is one. */
  readonly run: (setting: Setting) => Promise<Result[]>;
}
