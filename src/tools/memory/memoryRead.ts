import * as z from 'zod';
import { limits } from '../../core/limits.ts';
import type { Memories } from '../../core/memory/memories.ts';
import { CHARACTERS_PER_TOKEN, estimateTokens } from '../budget.ts';
import { defineTool } from '../tool.ts';
import { fitMemory } from './fitMemory.ts';
import {
  historyOutput,
  memoryLine,
  memoryOutput,
  MemoryId,
  MemoryOutput,
  missingLine,
  summaryOutput,
} from './fields.ts';

const Include = z.enum(['content', 'relations', 'anchors', 'history']);
type Include = z.infer<typeof Include>;

export const memoryRead = defineTool({
  name: 'memory_read',
  title: 'Read memories',
  description:
    'Reads 1 to 100 memories by id, in the order asked, archived ones too. `include` chooses what comes along: content ' +
    '(default), relations to other memories, anchors in the code, the history of versions. With maxTokens, what does not fit is ' +
    'listed in `omitted`.',
  area: 'memory',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    ids: z.array(MemoryId).min(1).max(limits.readBatch),
    include: z.array(Include).max(4).optional(),
  }),
  output: z.object({
    memories: z.array(MemoryOutput),
    missing: z.array(z.string()).describe('ids that are unknown'),
    omitted: z.array(z.string()).optional().describe('ids left out to fit maxTokens'),
  }),
  run: ({ ids, include }, { context, maxTokens }) => {
    const wanted = new Set<Include>(include ?? ['content']);
    const { memories, missing } = context.store.read(() => readAll(context.memories, ids, wanted, maxTokens));
    return { ...fitBudget(memories, maxTokens), missing };
  },
  text: ({ memories, missing, omitted = [] }) =>
    inBlocks([
      ...memories.flatMap(paragraphsOf),
      ...missingLine(missing),
      ...(omitted.length === 0 ? [] : [`Left out to fit maxTokens: ${omitted.join(', ')}`]),
    ]),
});

function readAll(
  memories: Memories,
  ids: readonly string[],
  include: ReadonlySet<Include>,
  maxTokens: number | undefined,
) {
  const found = include.has('content')
    ? withContent(memories, ids, maxTokens)
    : withoutContent(memories, ids);
  const complete = found.memories.map((memory): MemoryOutput => ({
    ...memory,
    ...(include.has('relations') ? { relations: memories.relations(memory.id) } : {}),
    ...(include.has('anchors') ? { anchors: memories.anchors(memory.id) } : {}),
    ...(include.has('history') ? { history: memories.history(memory.id).map(historyOutput) } : {}),
  }));
  return { memories: complete, missing: found.missing };
}

function withoutContent(memories: Memories, ids: readonly string[]) {
  const { memories: found, missing } = memories.summaries(ids);
  return { memories: found.map(summaryOutput), missing };
}

/** Of content that cannot fit, no more than tells so is read. */
function withContent(memories: Memories, ids: readonly string[], maxTokens: number | undefined) {
  const most = maxTokens === undefined ? undefined : maxTokens * CHARACTERS_PER_TOKEN + 1;
  const { memories: found, missing } = memories.read(ids, most);
  return { memories: found.map(memoryOutput), missing };
}

/** Keeps as many as the budget holds, in order; when not even the first fits, its content is cut. */
function fitBudget(memories: MemoryOutput[], maxTokens: number | undefined) {
  if (maxTokens === undefined) return { memories };
  const kept: MemoryOutput[] = [];
  let tokens = 0;
  for (const memory of memories) {
    tokens += estimateTokens(memory);
    if (tokens > maxTokens) break;
    kept.push(memory);
  }
  const [first] = memories;
  if (kept.length === 0 && first !== undefined) kept.push(fitMemory(first, maxTokens));
  const omitted = memories.slice(kept.length).map(({ id }) => id);
  return { memories: kept, ...(omitted.length === 0 ? {} : { omitted }) };
}

/** Characters from which a paragraph is a block of its own. */
const LARGE = 1_000_000;

function inBlocks(paragraphs: readonly string[]): string[] {
  const blocks: string[][] = [[]];
  for (const paragraph of paragraphs) {
    if (paragraph.length >= LARGE) blocks.push([paragraph], []);
    else blocks.at(-1)?.push(paragraph);
  }
  return blocks.filter((block) => block.length > 0).map((block) => block.join('\n\n'));
}

function paragraphsOf(memory: MemoryOutput): string[] {
  const paragraphs = [
    `# ${memory.title}`,
    memoryLine(memory) + `, version ${memory.version}`,
    memory.content,
    memory.contentCut ? '[... cut to fit maxTokens]' : undefined,
    memory.relations
      ?.map(({ type, direction, id, title }) =>
        direction === 'to' ? `${type} ${id} "${title}"` : `${id} "${title}" ${type} this`,
      )
      .join('\n'),
    memory.anchors
      ?.map(({ path, startLine, endLine }) => [path, startLine, endLine].filter(Boolean).join(':'))
      .join('\n'),
    memory.history
      ?.map(({ version, change, at, title }) => `v${version} ${change} ${at} "${title}"`)
      .join('\n'),
  ];
  return paragraphs.flatMap((paragraph) => (paragraph === undefined || paragraph === '' ? [] : [paragraph]));
}
