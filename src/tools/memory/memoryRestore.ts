import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { defineTool } from '../tool.ts';
import { MemoryId, missingLine } from './fields.ts';

export const memoryRestore = defineTool({
  name: 'memory_restore',
  title: 'Restore memories',
  description:
    'Brings archived memories back (ids), or makes an earlier version of one memory its newest (id with version; ' +
    'memory_read with include: ["history"] lists the versions).',
  area: 'memory',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  input: z.strictObject({
    ids: z.array(MemoryId).min(1).max(limits.changeBatch).optional(),
    id: MemoryId.optional(),
    version: z.int().min(1).optional(),
  }),
  output: z.object({
    restored: z.array(z.object({ id: z.string(), version: z.int() })),
    missing: z.array(z.string()),
  }),
  run: ({ ids, id, version }, { context }) => {
    if (ids !== undefined && id === undefined && version === undefined) return context.memories.restore(ids);
    if (ids === undefined && id !== undefined && version !== undefined) {
      const [missing] = context.memories.summaries([id]).missing;
      if (missing !== undefined) return { restored: [], missing: [missing] };
      return { restored: [context.memories.restoreVersion(id, version)], missing: [] };
    }
    throw invalidInput(
      'Send either ids, or id with version.',
      'To bring back archived memories send {"ids": [...]}.',
    );
  },
  text: ({ restored, missing }) =>
    [
      ...restored.map(({ id, version }) => `Restored ${id}, now version ${version}.`),
      ...missingLine(missing),
    ].join('\n'),
});
