import type { FileOps } from '../../src/core/log/files.ts';

/** How much of a promise is tried: what fits into `npm test`, or what `npm run torture` has time for. */
export type Scale = 'short' | 'long';

export interface Setting {
  readonly scale: Scale;
  /** What every choice of a run follows from, so that the same seed makes the same choices. */
  readonly seed: number;
  /** An empty directory to work in, removed afterwards. */
  readonly directory: string;
}

export interface Outcome {
  /** What was tried, and how much of it: "5,000 images". */
  readonly tried: string;
  /** Where the promise was broken, each with what makes it happen again. Empty when it was kept. */
  readonly failures: readonly string[];
}

/** So many failures are enough to know, and more would only take longer. */
export const ENOUGH_FAILURES = 3;

/** Tries to break one promise of docs/durability.md. */
export interface Harness {
  /** For `--only`. */
  readonly name: string;
  readonly promise: string;
  run(setting: Setting): Promise<Outcome>;
}

/** Takes away from the file operations something that a promise depends on: then the harness has to find fault. */
export type Mutation = (files: FileOps) => FileOps;
