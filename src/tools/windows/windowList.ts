import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import { wellFormedText } from '../../core/memory/memory.ts';
import { fitPage } from '../budget.ts';
import { count } from '../memory/fields.ts';
import { defineTool } from '../tool.ts';
import { Model, moreLine, pageFields, windowLine, windowOutput, WindowOutput, WindowTags } from './fields.ts';

export const windowList = defineTool({
  name: 'window_list',
  title: 'List frozen windows',
  description:
    'Lists frozen context windows, the last frozen first. `query` finds words in name, description, tags, model and the ' +
    'beginning of the conversation.',
  area: 'windows',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    model: Model.optional(),
    tags: WindowTags.optional().describe('only windows with all of these'),
    query: wellFormedText('query', { max: limits.queryCharacters }).optional(),
    sort: z.enum(['frozen', 'thawed', 'name', 'tokens']).optional().describe('default frozen'),
    order: z.enum(['asc', 'desc']).optional().describe('default desc, for name asc'),
    ...pageFields,
  }),
  output: z.object({ windows: z.array(WindowOutput), total: z.int(), nextCursor: z.string().optional() }),
  run: ({ limit = 50, ...query }, { context, maxTokens }) =>
    fitPage(limit, maxTokens, (most) => {
      const { windows, ...page } = context.windows.list({ ...query, limit: most });
      return { windows: windows.map(windowOutput), ...page };
    }),
  text: ({ windows, total, nextCursor }) =>
    [
      `${windows.length} of ${count(total, 'frozen window')}:`,
      ...windows.map(windowLine),
      ...moreLine(nextCursor),
    ].join('\n'),
});
