import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { createContext, type ContextIdentity } from '../../../src/core/log/identity.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { Store, type StoreOptions } from '../../../src/core/store/store.ts';
import { engine } from './engine.ts';

export { engine } from './engine.ts';

/** In memory where that is possible: tests look at what is synced and in which order, not how long a disk takes. */
const home = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const directories: string[] = [];
const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory, removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(home, 'permafrost-test-'));
  directories.push(directory);
  return directory;
}

/** The directory of a context that was just made, with nothing in it yet; removed after the test. */
export function temporaryContext(identity: Partial<ContextIdentity> = {}): string {
  const directory = temporaryDirectory();
  const createdAt = new Date().toISOString();
  createContext(nodeFiles, directory, { id: 'test-context', name: 'Test', createdAt, ...identity });
  return directory;
}

/** For a store of which nobody makes snapshots. */
export const noSnapshots = { requestSnapshot: () => {} };

/** A store of `directory` (a new context if none is given), closed after the test. It makes its snapshots itself, at once. */
export function openStore(directory = temporaryContext(), overrides: Partial<StoreOptions> = {}): Store {
  const store = Store.open(directory, {
    engine,
    now: Date.now,
    requestSnapshot: (of) => makeSnapshots(of, engine),
    ...overrides,
  });
  stores.push(store);
  return store;
}
