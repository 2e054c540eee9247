import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import type { Memory, MemorySummary, MemoryVersion } from '../../core/memory/memory.ts';
import { Anchor, RelationType, Tag, Tier, wellFormedText } from '../../core/memory/memory.ts';
import { isoTime } from '../fields.ts';

export const MemoryId = wellFormedText('id', { min: 1, max: 100 });

export const filterFields = {
  tags: z.array(Tag).max(limits.tagsPerMemory).optional().describe('only memories with these tags'),
  tagsMode: z.enum(['all', 'any']).optional().describe('all of the tags (default) or any of them'),
  tier: Tier.optional(),
  archived: z.enum(['exclude', 'include', 'only']).optional().describe('default exclude'),
};

/** A memory without its content, as lists answer it. */
export const SummaryOutput = z.object({
  id: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  tier: Tier,
  version: z.int(),
  size: z.int().describe('bytes of its content'),
  createdAt: z.string(),
  updatedAt: z.string(),
  archived: z.boolean(),
  source: z.string().optional(),
});

const HistoryOutput = z.object({
  version: z.int(),
  change: z.enum(['created', 'updated', 'archived', 'restored']),
  title: z.string(),
  tags: z.array(z.string()),
  tier: Tier,
  size: z.int(),
  at: z.string(),
});

/** A memory as `memory_read` and `memory_update` answer it: what was not asked for is left out. */
export const MemoryOutput = SummaryOutput.extend({
  content: z.string().optional(),
  contentCut: z.boolean().optional().describe('the content was cut to fit maxTokens'),
  relations: z
    .array(
      z.object({ type: RelationType, direction: z.enum(['to', 'from']), id: z.string(), title: z.string() }),
    )
    .optional(),
  anchors: z.array(Anchor).optional(),
  history: z.array(HistoryOutput).optional(),
});
export type MemoryOutput = z.infer<typeof MemoryOutput>;

export function summaryOutput(memory: MemorySummary): z.infer<typeof SummaryOutput> {
  const { id, title, tags, tier, version, size, createdAt, updatedAt, archived, source } = memory;
  return {
    id,
    title,
    tags: [...tags],
    tier,
    version,
    size,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
    archived,
    ...(source === undefined ? {} : { source }),
  };
}

export function memoryOutput(memory: Memory): MemoryOutput {
  return { ...summaryOutput(memory), content: memory.content };
}

export function historyOutput(version: MemoryVersion): z.infer<typeof HistoryOutput> {
  return { ...version, tags: [...version.tags], at: isoTime(version.at) };
}

/** One line about a memory: `01K... "Title" [tag, tag] short_term, v3, 2026-11-20`. */
export function memoryLine(
  memory: Pick<MemoryOutput, 'id' | 'title' | 'tags' | 'tier' | 'updatedAt' | 'archived'>,
): string {
  const tags = memory.tags.length === 0 ? '' : ` [${memory.tags.join(', ')}]`;
  const archived = memory.archived ? ', archived' : '';
  return `${memory.id} "${memory.title}"${tags} ${memory.tier}${archived}, ${memory.updatedAt.slice(0, 10)}`;
}

/** A line about ids that are unknown, or nothing. */
export function missingLine(missing: readonly string[]): string[] {
  return missing.length === 0 ? [] : [`Not found: ${missing.join(', ')}`];
}
