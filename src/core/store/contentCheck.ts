import { setImmediate } from 'node:timers/promises';
import { PermafrostError } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import { ownersOf, referencedBlobs } from './referencedBlobs.ts';
import type { Store } from './store.ts';

export interface DamagedContent {
  /** Whose content it is. */
  readonly owners: readonly string[];
  /** What is wrong with which file (PF-4003). */
  readonly error: PermafrostError;
}

/** What was found out about the content outside the database. */
export interface ContentCheck {
  /** How many contents there are. */
  readonly contents: number;
  /** How many of them were read; of the others is known that they are there. */
  readonly read: number;
  readonly damaged: readonly DamagedContent[];
}

/**
 * Looks whether all content outside the database is there, and reads as much of it as can be read in `milliseconds`,
 * beginning elsewhere each time, so that sooner or later all of it is. Others are let on in between.
 */
export async function checkContent(store: Store, milliseconds: number): Promise<ContentCheck> {
  const names = shifted([...(store.read(referencedBlobs) ?? [])]);
  const until = performance.now() + milliseconds;
  const errors = new Map<string, PermafrostError>();
  let read = 0;
  for (const name of names) {
    const isDue = performance.now() < until;
    // What is not in its place may be where a collection has put it.
    const error = isDue || !store.blobs.isThere(name) ? await errorIn(store.blobs, name) : undefined;
    if (error !== undefined) errors.set(name, error);
    if (isDue) read += 1;
    await setImmediate();
  }
  const damaged = [...errors].map(([name, error]) => ({
    owners: store.read((view) => ownersOf(view, name)),
    error,
  }));
  // What nobody refers to any more was deleted meanwhile.
  return { contents: names.length, read, damaged: damaged.filter(({ owners }) => owners.length > 0) };
}

async function errorIn(blobs: Blobs, name: string): Promise<PermafrostError | undefined> {
  try {
    await blobs.check(name);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof PermafrostError && thrown.code === 'PF-4003') return thrown;
    throw thrown;
  }
}

function shifted<T>(list: readonly T[]): T[] {
  const from = Math.floor(Math.random() * list.length);
  return [...list.slice(from), ...list.slice(0, from)];
}
