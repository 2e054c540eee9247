import type { Result } from './result.ts';
import type { Workplace } from './workplace.ts';

export interface Setting {
  readonly workplace: Workplace;
  /** Fewer memories and fewer rounds: to see that it works, not to quote. */
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
  /** Gives those that are wanted. It is called only when there is one. */
  readonly run: (setting: Setting) => Promise<Result[]>;
}
