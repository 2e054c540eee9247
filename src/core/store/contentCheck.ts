import { setImmediate } from 'node:timers/promises';
import { hasCode, type PermafrostError } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import { ownersOfBlobs, referencedBlobs } from './referencedBlobs.ts';
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
  /** How many of them were read, or could not be; of the others is known that they are there. */
  readonly tried: number;
  readonly damaged: readonly DamagedContent[];
}

/**
 * Looks whether all content outside the database is there, and reads as much of it as can be read in `milliseconds`,
 * beginning elsewhere each time, so that sooner or later all of it is. Others are let on in between.
 * @returns undefined when a newer Permafrost made the schema: what there is, is not known then
 */
export async function checkContent(
  store: Store,
  milliseconds: number,
  signal: AbortSignal,
): Promise<ContentCheck | undefined> {
  const names = store.read(referencedBlobs);
  if (names === undefined) return undefined;
  const until = performance.now() + milliseconds;
  const errors = new Map<string, PermafrostError>();
  let tried = 0;
  for (const name of shifted([...names])) {
    if (signal.aborted) break;
    // What is not in its place may be where a collection has put it.
    if (performance.now() < until || !store.blobs.isInPlace(name)) {
      const error = await errorIn(store.blobs, name);
      if (error !== undefined) errors.set(name, error);
      tried += 1;
    }
    await setImmediate();
  }
  return { contents: names.size, tried, damaged: errors.size === 0 ? [] : ofOwners(store, errors) };
}

/** What nobody refers to any more was deleted meanwhile. */
function ofOwners(store: Store, errors: ReadonlyMap<string, PermafrostError>): DamagedContent[] {
  const ownersOf = store.read(ownersOfBlobs);
  return [...errors].flatMap(([name, error]) => {
    const owners = ownersOf.get(name);
    return owners === undefined ? [] : [{ owners, error }];
  });
}

async function errorIn(blobs: Blobs, name: string): Promise<PermafrostError | undefined> {
  try {
    await blobs.check(name);
    return undefined;
  } catch (thrown) {
    if (hasCode(thrown, 'PF-4003')) return thrown;
    throw thrown;
  }
}

function shifted<T>(list: readonly T[]): T[] {
  const from = Math.floor(Math.random() * list.length);
  return [...list.slice(from), ...list.slice(0, from)];
}
