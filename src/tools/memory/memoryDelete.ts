import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import { count } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { MemoryId, missingLine } from './fields.ts';

export const memoryDelete = defineTool({
  name: 'memory_delete',
  title: 'Delete memories',
  description:
    'Archives memories: they leave lists and searches, and memory_restore brings them back. With permanent: true they are ' +
    'deleted with their history and cannot be brought back; their bytes leave the files of the context only some time later. Ids that are unknown are listed in `missing`.',
  area: 'memory',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({
    ids: z.array(MemoryId).min(1).max(limits.changeBatch),
    permanent: z.boolean().optional().describe('default false'),
  }),
  output: z.object({
    archived: z.array(z.string()).optional(),
    deleted: z.array(z.string()).optional(),
    missing: z.array(z.string()),
  }),
  run: ({ ids, permanent = false }, { context }) =>
    permanent ? context.memories.deleteForGood(ids) : context.memories.archive(ids),
  text: ({ archived, deleted, missing }) =>
    [
      archived === undefined
        ? `Deleted ${count(deleted?.length ?? 0, 'memory', 'memories')} for good.`
        : `Archived ${count(archived.length, 'memory', 'memories')}; memory_restore brings them back.`,
      ...missingLine(missing),
    ].join('\n'),
});
