import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { MemoryEngine } from './memoryEngine.ts';

const BATCH = 500;

/** Stores all of `memories`, in the largest batches that a tool takes; gives their ids. */
export function fill(engine: MemoryEngine, memories: readonly NewMemory[]): string[] {
  const ids: string[] = [];
  for (let from = 0; from < memories.length; from += BATCH) {
    ids.push(...engine.create(memories.slice(from, from + BATCH)));
  }
  return ids;
}
