import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { MemoryEngine } from './memoryEngine.ts';
import { NodeSqliteMemories } from './nodeSqliteMemories.ts';
import { openPermafrost } from './permafrostMemories.ts';

/** One side, held by a directory: what a process has to be told to measure it. */
export const Contestant = z.object({
  kind: z.enum(['permafrost', 'node:sqlite']),
  directory: z.string(),
  /** The file with its Material. */
  material: z.string(),
});
export type Contestant = z.infer<typeof Contestant>;

/** What can be done with the memories that a side holds. */
export const Material = z.object({
  /** In the order in which they were stored. */
  ids: z.array(z.string()),
  /** Each is about one of them. */
  queries: z.array(z.string()),
  /** Memories that are not there yet. */
  fresh: z.array(
    z.object({
      title: z.string(),
      content: z.string(),
      tags: z.array(z.string()),
      tier: z.enum(['short_term', 'long_term']),
    }),
  ),
});
export type Material = z.infer<typeof Material>;

export async function openContestant({ kind, directory }: Contestant): Promise<MemoryEngine> {
  return kind === 'permafrost' ? openPermafrost(directory) : new NodeSqliteMemories(directory);
}

export function readMaterial({ material }: Contestant): Material {
  return Material.parse(JSON.parse(readFileSync(material, 'utf8')));
}

/** An entry for each turn, all of them before any comes again, far from the one before. */
export function scattered<T>(list: readonly T[], turn: number): T {
  const entry = list[(turn * 7_919) % list.length];
  if (entry === undefined) throw new Error('there is nothing to choose from');
  return entry;
}
