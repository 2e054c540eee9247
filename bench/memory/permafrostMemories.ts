import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CacheCounts } from '../../src/core/cache.ts';
import { contextIn, Stores } from '../../src/core/contexts/stores.ts';
import { idFactory } from '../../src/core/ids.ts';
import { Memories } from '../../src/core/memory/memories.ts';
import { MemorySearch } from '../../src/core/memory/searchMemories.ts';
import { loadSqlEngine } from '../../src/core/store/sqlView.ts';
import type { MemoryEngine } from './memoryEngine.ts';

export interface PermafrostMemories extends MemoryEngine {
  /** What the caches in front of it did. */
  readonly cacheCounts: () => readonly CacheCounts[];
  /** Waits for the snapshots that are being made. */
  readonly settled: () => Promise<void>;
}

/** Permafrost's core as the server and the extension put it together: checkpoints included. */
export async function openPermafrost(directory: string): Promise<PermafrostMemories> {
  const { store, settled, close } = await openBenchStore(directory);
  const memories = new Memories(store, { now: Date.now, newId: idFactory() });
  const search = new MemorySearch(store);
  return {
    create: (batch) => memories.create(batch).created.map(({ id }) => id),
    read: (id) => memories.read([id]).memories[0]?.content,
    list: (limit) => memories.list({ limit }).memories.length,
    search: (query, limit) => search.search({ query, limit }).results.map(({ id }) => id),
    cacheCounts: () => Object.values(memories.cacheCounts),
    settled,
    close,
  };
}

/** The store of a context, made when it is not there, as the server and the extension open it. */
export async function openBenchStore(directory: string) {
  const createdAt = new Date().toISOString();
  contextIn(directory, { id: 'bench', name: 'Bench', createdAt });
  const stores = openStores();
  const settled = () => stores.settled();
  const close = async (): Promise<void> => {
    await stores.close();
    await settled();
  };
  return { store: await stores.open(directory), settled, close };
}

function openStores(): Stores {
  return new Stores({
    now: Date.now,
    engine: () =>
      loadSqlEngine(readFileSync(fileURLToPath(import.meta.resolve('sql.js/dist/sql-wasm.wasm')))),
    snapshotScript: fileURLToPath(new URL('snapshotMaker.ts', import.meta.url)),
    snapshotFailed: (cause) => {
      throw cause;
    },
  });
}
