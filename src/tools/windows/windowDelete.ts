import * as z from 'zod';
import { defineTool } from '../tool.ts';
import { windowNamed, windowNameFields } from './fields.ts';

export const windowDelete = defineTool({
  name: 'window_delete',
  title: 'Delete a frozen window',
  description:
    'Archives a frozen window: it leaves the list and its name is free again, while its id still finds it. With permanent: true ' +
    'it is deleted for good. The session that it was frozen from becomes active again.',
  area: 'windows',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({
    ...windowNameFields,
    cascade: z.boolean().optional().describe('its clones too; there are none in this version; default false'),
    permanent: z.boolean().optional().describe('default false'),
  }),
  output: z.object({
    archived: z.array(z.string()).optional().describe('ids'),
    deleted: z.array(z.string()).optional().describe('ids'),
  }),
  // Nothing can be cloned yet, so no window has clones that `cascade` could take along.
  run: ({ permanent = false, windowId, name }, { context }) => {
    const named = windowNamed({ windowId, name });
    return permanent
      ? { deleted: [context.windows.deleteForGood(named)] }
      : { archived: [context.windows.archive(named)] };
  },
  text: ({ archived, deleted = [] }) =>
    archived === undefined
      ? `Deleted for good: ${deleted.join(', ')}`
      : `Archived: ${archived.join(', ')} (its id still finds it)`,
});
