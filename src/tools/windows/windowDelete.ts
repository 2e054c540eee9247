import * as z from 'zod';
import { defineTool } from '../tool.ts';
import { windowNamed, windowNameFields } from './fields.ts';

export const windowDelete = defineTool({
  name: 'window_delete',
  title: 'Delete a frozen window',
  description:
    'Archives a frozen window: it leaves the list and its name is free again, while its id still finds it. With permanent: true ' +
    'it is deleted for good. The session that it was frozen from becomes active again. A window with clones is refused, which ' +
    'names them, unless cascade: true deletes them too; what was thawed from it and frozen again stays.',
  area: 'windows',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  input: z.strictObject({
    ...windowNameFields,
    cascade: z.boolean().optional().describe('its clones too, and theirs; default false'),
    permanent: z.boolean().optional().describe('default false'),
  }),
  output: z.object({
    archived: z.array(z.string()).optional().describe('ids, that of the window first'),
    deleted: z.array(z.string()).optional().describe('ids, that of the window first'),
  }),
  run: ({ permanent = false, cascade, ...names }, { context: { windows } }) => {
    const named = windowNamed(names);
    return permanent
      ? { deleted: [...windows.deleteForGood(named, { cascade })] }
      : { archived: [...windows.archive(named, { cascade })] };
  },
  text: ({ archived, deleted = [] }) =>
    archived === undefined
      ? `Deleted for good: ${deleted.join(', ')}`
      : `Archived: ${archived.join(', ')} (by its id each can still be found)`,
});
