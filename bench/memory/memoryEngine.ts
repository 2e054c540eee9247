import type { NewMemory } from '../../src/core/memory/memory.ts';

/** What the memory benches ask of either side. */
export interface MemoryEngine {
  /** Stores all of them in one transaction; gives their ids. */
  create(memories: readonly NewMemory[]): readonly string[];
  /** The whole memory; gives its content. */
  read(id: string): string | undefined;
  /** The newest ones without their content, and how many there are; gives how many rows came. */
  list(limit: number): number;
  /** The best hits with title and snippet, best first; gives their ids. */
  search(query: string, limit: number): readonly string[];
  /** Waits for what was begun beside the calls, a snapshot say. */
  close(): Promise<void>;
}
