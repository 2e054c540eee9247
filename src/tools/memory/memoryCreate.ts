import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import {
  Anchor,
  Content,
  RelationType,
  Tags,
  Tier,
  Title,
  wellFormedText,
} from '../../core/memory/memory.ts';
import { count, isoTime } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { MemoryId } from './fields.ts';

const NewMemory = z.strictObject({
  title: Title.describe('one line that says what is remembered'),
  content: Content.describe('Markdown, kept to the byte; up to 50 MB'),
  tags: Tags.optional(),
  tier: Tier.optional().describe(
    'short_term for what matters these days, long_term (default) for what lasts',
  ),
  source: wellFormedText('source', { max: limits.sourceCharacters })
    .optional()
    .describe('where it was learned'),
  relations: z
    .array(z.strictObject({ to: MemoryId, type: RelationType }))
    .max(limits.relationsPerMemory)
    .optional(),
  anchors: z.array(Anchor).max(limits.anchorsPerMemory).optional().describe('the code that it is about'),
});

export const memoryCreate = defineTool({
  name: 'memory_create',
  title: 'Create memories',
  description:
    'Remembers things for later sessions: decisions and why they were made, how this project works, what went wrong and what ' +
    'mended it, what the user prefers. One fact or topic a memory, with a title that a search would look for. Takes 1 to 500 ' +
    'at once; all are saved or none. Search first, and update what is there rather than repeat it.',
  area: 'memory',
  annotations: { readOnlyHint: false, destructiveHint: false },
  input: z.strictObject({ memories: z.array(NewMemory).min(1).max(limits.createBatch) }),
  output: z.object({
    created: z.array(
      z.object({ id: z.string(), title: z.string(), version: z.int(), createdAt: z.string() }),
    ),
    commit: z.int().describe('number of the commit that holds them'),
  }),
  run: ({ memories }, { context }) => {
    const { created, commit } = context.memories.create(memories);
    return {
      created: created.map(({ id, title, version, createdAt }) => ({
        id,
        title,
        version,
        createdAt: isoTime(createdAt),
      })),
      commit,
    };
  },
  text: ({ created }) =>
    [
      `Created ${count(created.length, 'memory', 'memories')}:`,
      ...created.map(({ id, title }) => `${id} "${title}"`),
    ].join('\n'),
});
