import * as z from 'zod';
import { ORIGINS, type Lineage as CoreLineage } from '../../core/windows/lineage.ts';
import { fitPage } from '../budget.ts';
import { count } from '../fields.ts';
import { sessionLine, sessionOutput, SessionOutput } from './fields.ts';

const Ref = z.object({ id: z.string(), name: z.string() });

export const Lineage = z.object({
  parent: Ref.nullable(),
  children: z.array(Ref),
  childrenTotal: z.int().optional().describe('how many it has, those left out too'),
  session: SessionOutput.nullable().describe('the session that was frozen; clones share it'),
  thawedSessions: z.array(SessionOutput).describe('the latest sessions that thaws of it began'),
  thawedTotal: z.int().optional().describe('how many such sessions there are, those left out too'),
  tree: z
    .array(
      Ref.extend({
        parentId: z.string().nullable(),
        origin: z.enum(ORIGINS).describe('clone of its parent, or thawed from it and frozen again'),
        depth: z.int(),
        archived: z.boolean(),
      }),
    )
    .optional()
    .describe('all windows of the same root, each above what came of it'),
  treeTotal: z.int().optional().describe('how many the whole tree has'),
});
type LineageOutput = z.infer<typeof Lineage>;

/** An answer with as much of a lineage as the budget holds; its totals say how much there is. */
export function fitLineage<T>(
  lineage: CoreLineage,
  maxTokens: number | undefined,
  answer: (lineage: LineageOutput) => T,
): T {
  const { children, thawedSessions, tree } = lineage;
  const longest = Math.max(children.length, thawedSessions.length, tree.length);
  return fitPage(longest, maxTokens, (most) => answer(lineageOutput(lineage, most)));
}

/** @param most how long each of its lists may be */
function lineageOutput(
  { children, session, thawedSessions, tree, ...rest }: CoreLineage,
  most: number,
): LineageOutput {
  return {
    ...rest,
    children: children.slice(0, most),
    session: session === null ? null : sessionOutput(session),
    thawedSessions: thawedSessions.slice(0, most).map(sessionOutput),
    tree: tree.slice(0, most),
  };
}

/** The tree of a window as lines, its own marked; nothing when it stands alone. */
export function treeLines({ tree = [], treeTotal = 0 }: LineageOutput, id: string): string[] {
  if (treeTotal < 2) return [];
  const lines = tree.map((relative) => {
    const origin =
      relative.origin === 'root'
        ? ''
        : ` (${relative.origin === 'clone' ? 'clone' : 'thawed and frozen again'})`;
    const marks = `${origin}${relative.archived ? ', archived' : ''}${relative.id === id ? ' <- this one' : ''}`;
    return `${'  '.repeat(relative.depth)}- "${relative.name}" ${relative.id}${marks}`;
  });
  return ['Lineage:', ...lines, ...(treeTotal > tree.length ? [`and ${treeTotal - tree.length} more`] : [])];
}

/** The sessions of a window as lines: the one that was frozen, and those that thaws of it began. */
export function lineageSessionLines({ session, thawedSessions, thawedTotal = 0 }: LineageOutput): string[] {
  const left = thawedTotal - thawedSessions.length;
  return [
    ...(session === null ? [] : [`Frozen session: ${sessionLine(session)}`]),
    ...thawedSessions.map((thawed) => `Thawed session: ${sessionLine(thawed)}`),
    ...(left > 0 ? [`and ${count(left, 'earlier thawed session')}`] : []),
  ];
}
