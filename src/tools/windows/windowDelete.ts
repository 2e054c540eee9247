import * as z from 'zod';
import type { Deleted } from '../../core/windows/deletion.ts';
import { defineTool } from '../tool.ts';
import { windowNamed, windowNameFields } from './fields.ts';

export const windowDelete = defineTool({
  name: 'window_delete',
  title: 'Delete a frozen window',
  description:
    'Archives a frozen window: it leaves the list and its name is free again, while its id still finds it. The session that is ' +
    'frozen as it becomes active again. With permanent: true it is deleted for good, and so is that session, unless another window ' +
    'was made of it. Other sessions and windows that its conversation went on in stay; `keptSessions` names the sessions. A ' +
    'window with clones is refused, which names them, unless cascade: true deletes them too.',
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
    deletedSessions: z.array(z.string()).optional().describe('ids of sessions that went with it, if any'),
    keptSessions: z
      .array(z.string())
      .optional()
      .describe('ids of sessions that stay, and may have its conversation or the beginning of it, if any'),
  }),
  run: ({ permanent = false, cascade, ...names }, { context: { windows } }) => {
    const named = windowNamed(names);
    return permanent
      ? deletedOutput(windows.deleteForGood(named, { cascade }))
      : { archived: [...windows.archive(named, { cascade })] };
  },
  text: ({ archived, deleted = [], deletedSessions = [], keptSessions = [] }) =>
    archived === undefined
      ? [
          `Deleted for good: ${deleted.join(', ')}`,
          ...(deletedSessions.length === 0
            ? []
            : [`with what was said in the session ${deletedSessions.join(', ')}`]),
          ...(keptSessions.length === 0
            ? []
            : [
                `Sessions that may have the conversation, or its beginning, stay: ${keptSessions.join(', ')}`,
              ]),
        ].join('\n')
      : `Archived: ${archived.join(', ')} (by its id each can still be found)`,
});

function deletedOutput({ windows, deletedSessions, keptSessions }: Deleted) {
  return {
    deleted: [...windows],
    ...(deletedSessions.length === 0 ? {} : { deletedSessions: [...deletedSessions] }),
    ...(keptSessions.length === 0 ? {} : { keptSessions: [...keptSessions] }),
  };
}
