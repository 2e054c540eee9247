import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { Content, Tags, Tier, Title } from '../../core/memory/memory.ts';
import { defineTool } from '../tool.ts';
import { fitMemory } from './fitMemory.ts';
import { memoryLine, memoryOutput, MemoryId, MemoryOutput } from './fields.ts';

export const memoryUpdate = defineTool({
  name: 'memory_update',
  title: 'Update a memory',
  description:
    'Changes a memory: its title, content, tags (all of them, or addTags and removeTags) or tier; what is left out stays. Send ' +
    'the version that you read as expectedVersion, so that nothing that somebody else wrote meanwhile is overwritten. Earlier ' +
    'versions are kept.',
  area: 'memory',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  input: z.strictObject({
    id: MemoryId,
    expectedVersion: z.int().min(1).optional(),
    title: Title.optional(),
    content: Content.optional().describe('replaces the content as a whole'),
    tags: Tags.optional().describe('replaces all tags'),
    addTags: Tags.optional(),
    removeTags: Tags.optional(),
    tier: Tier.optional(),
  }),
  output: z.object({ memory: MemoryOutput }),
  run: ({ id, expectedVersion, ...change }, { context, maxTokens }) => {
    if (Object.values(change).every((field) => field === undefined)) {
      throw invalidInput(
        'There is nothing to change.',
        'Send at least one of title, content, tags, addTags, removeTags, tier.',
      );
    }
    const memory = memoryOutput(context.memories.update(id, change, expectedVersion));
    return { memory: fitMemory(memory, maxTokens) };
  },
  text: ({ memory }) => `Updated to version ${memory.version}: ${memoryLine(memory)}`,
});
