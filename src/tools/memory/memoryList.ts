import * as z from 'zod';
import { fitPage } from '../budget.ts';
import { count, moreLine, pageFields } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { filterFields, memoryLine, summaryOutput, SummaryOutput } from './fields.ts';

export const memoryList = defineTool({
  name: 'memory_list',
  title: 'List memories',
  description:
    'Lists memories without their content, last changed first, page by page: an overview of what is remembered. ' +
    'To find something use memory_search.',
  area: 'memory',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    ...filterFields,
    sort: z.enum(['updated', 'created', 'title']).optional().describe('default updated'),
    order: z.enum(['asc', 'desc']).optional().describe('default desc, for title asc'),
    ...pageFields,
  }),
  output: z.object({
    memories: z.array(SummaryOutput),
    total: z.int(),
    nextCursor: z.string().optional(),
  }),
  run: ({ limit = 50, ...query }, { context, maxTokens }) =>
    fitPage(limit, maxTokens, (most) => {
      const { memories, ...page } = context.memories.list({ ...query, limit: most });
      return { memories: memories.map(summaryOutput), ...page };
    }),
  text: ({ memories, total, nextCursor }) =>
    [
      `${memories.length} of ${count(total, 'memory', 'memories')}:`,
      ...memories.map(memoryLine),
      ...moreLine(nextCursor),
    ].join('\n'),
});
