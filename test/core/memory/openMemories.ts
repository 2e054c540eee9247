import { idFactory } from '../../../src/core/ids.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import type { StoreOptions } from '../../../src/core/store/store.ts';
import { openStore } from '../store/openStore.ts';

interface Clock {
  now: number;
}

/** Memories over a real store; a second call with the same directory is another process's view of them. */
export function openMemories(directory?: string, overrides: Partial<StoreOptions> = {}) {
  const clock: Clock = { now: Date.parse('2026-11-20T12:00:00Z') };
  const store = openStore(directory, overrides);
  const memories = new Memories(store, { now: () => clock.now, newId: idFactory() });
  return { clock, store, memories, search: new MemorySearch(store) };
}
