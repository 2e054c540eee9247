import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import { wellFormedText } from '../../core/memory/memory.ts';
import { WINDOW_STATES } from '../../core/windows/listWindows.ts';
import { fitPage } from '../budget.ts';
import { count, milliseconds, moreLine, pageFields, Time } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { Model, windowLine, windowOutput, WindowOutput, WindowTags } from './fields.ts';

export const windowList = defineTool({
  name: 'window_list',
  title: 'List frozen windows',
  description:
    'Lists frozen context windows, the last frozen first; `parentId` says which one each came of. `query` finds words in name, ' +
    'description, tags, model and the beginning of the conversation.',
  area: 'windows',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    model: Model.optional(),
    tags: WindowTags.optional().describe('only windows with all of these'),
    state: z
      .enum(WINDOW_STATES)
      .optional()
      .describe('frozen: never thawed; thawed: at least once; archived; default all but archived'),
    since: Time.optional().describe('frozen at or after'),
    until: Time.optional().describe('frozen at or before'),
    query: wellFormedText('query', { max: limits.queryCharacters }).optional(),
    sort: z.enum(['frozen', 'thawed', 'name', 'tokens']).optional().describe('default frozen'),
    order: z.enum(['asc', 'desc']).optional().describe('default desc, for name asc'),
    ...pageFields,
  }),
  output: z.object({ windows: z.array(WindowOutput), total: z.int(), nextCursor: z.string().optional() }),
  run: ({ limit = 50, since, until, ...query }, { context, maxTokens }) => {
    const times = { since: milliseconds(since), until: milliseconds(until) };
    return fitPage(limit, maxTokens, (most) => {
      const { windows, ...page } = context.windows.list({ ...query, ...times, limit: most });
      return { windows: windows.map(windowOutput), ...page };
    });
  },
  text: ({ windows, total, nextCursor }) =>
    [
      `${windows.length} of ${count(total, 'frozen window')}:`,
      ...windows.map(windowLine),
      ...moreLine(nextCursor),
    ].join('\n'),
});
