import * as z from 'zod';
import { SESSION_STATES } from '../../core/windows/session.ts';
import { fitPage } from '../budget.ts';
import { count, moreLine, pageFields } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { Model, sessionLine, sessionOutput, SessionOutput } from './fields.ts';

export const sessionList = defineTool({
  name: 'session_list',
  title: 'List sessions',
  description:
    'Lists conversations with vLLM servers, the last changed first. An active or thawed session can be frozen with ' +
    'window_freeze.',
  area: 'windows',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    state: z.enum(SESSION_STATES).optional(),
    model: Model.optional(),
    ...pageFields,
  }),
  output: z.object({ sessions: z.array(SessionOutput), total: z.int(), nextCursor: z.string().optional() }),
  run: ({ limit = 50, ...query }, { context, maxTokens }) =>
    fitPage(limit, maxTokens, (most) => {
      const { sessions, ...page } = context.windows.sessions.list({ ...query, limit: most });
      return { sessions: sessions.map(sessionOutput), ...page };
    }),
  text: ({ sessions, total, nextCursor }) =>
    [
      `${sessions.length} of ${count(total, 'session')}:`,
      ...sessions.map(sessionLine),
      ...moreLine(nextCursor),
    ].join('\n'),
});
