import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const RANGE = 2 ** 32;

/** Gives ids: ULIDs, 26 characters, URL-safe, sorting in the order in which this process gave them. */
export function idFactory(now: () => number = Date.now): () => string {
  // ulid's own source of randomness asks the system once for every character.
  const next = monotonicFactory(() => randomInt(RANGE) / RANGE);
  return () => next(now());
}
