import { monotonicFactory } from 'ulid';

/** Gives ids: ULIDs, 26 characters, URL-safe, sorting in the order in which this process gave them. */
export function idFactory(now: () => number = Date.now): () => string {
  const next = monotonicFactory();
  return () => next(now());
}
