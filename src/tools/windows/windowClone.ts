import * as z from 'zod';
import { defineTool } from '../tool.ts';
import {
  Description, NewName, windowLine, windowNamed, windowNameFields, windowOutput, WindowOutput,
} from './fields.ts'; // prettier-ignore
import { fitLineage, Lineage, treeLines } from './lineageFields.ts';

export const windowClone = defineTool({
  name: 'window_clone',
  title: 'Clone a frozen window',
  description:
    'Makes another frozen window of the same conversation, to go on from it in another direction: each has its own name and its ' +
    "own thaws. Nothing is stored or sent twice: both share their content here, and their blocks in the server's cache. Archived " +
    'windows and clones can be cloned too.',
  area: 'windows',
  annotations: { readOnlyHint: false },
  input: z.strictObject({
    ...windowNameFields,
    newName: NewName.describe('unique'),
    description: Description.optional().describe('that of the source when left out'),
  }),
  output: z.object({ window: WindowOutput.extend({ lineage: Lineage }) }),
  run: ({ newName, description, ...names }, { context: { windows }, maxTokens }) => {
    const clone = windows.clone(windowNamed(names), { name: newName, description });
    return fitLineage(windows.lineage(clone), maxTokens, (lineage) => ({
      window: { ...windowOutput(clone), lineage },
    }));
  },
  text: ({ window }) => [`Cloned: ${windowLine(window)}`, ...treeLines(window.lineage, window.id)].join('\n'),
});
