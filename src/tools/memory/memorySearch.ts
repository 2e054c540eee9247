import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { Tier, wellFormedText } from '../../core/memory/memory.ts';
import { fitPage } from '../budget.ts';
import { count, isoTime, milliseconds, Time } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { filterFields } from './fields.ts';

const Result = z.object({
  kind: z.literal('memory'),
  id: z.string(),
  title: z.string(),
  snippet: z.string(),
  score: z.number(),
  tags: z.array(z.string()),
  tier: Tier,
  updatedAt: z.string(),
});

export const memorySearch = defineTool({
  name: 'memory_search',
  title: 'Search memories',
  description:
    'Finds what is remembered by words, best first, with the passage that fits. Matches whole words and their forms ' +
    '("migrate" finds "migrations"), titles before content. Use it at the start of a task and before creating a memory. Read ' +
    'what looks useful with memory_read.',
  area: 'memory',
  annotations: { readOnlyHint: true },
  input: z.strictObject({
    query: wellFormedText('query', { min: 1, max: limits.queryCharacters }),
    mode: z
      .enum(['auto', 'lexical', 'semantic', 'hybrid'])
      .optional()
      .describe('default auto; this version has lexical'),
    in: z
      .array(z.enum(['memories', 'files']))
      .min(1)
      .max(2)
      .optional()
      .describe('this version searches memories'),
    ...filterFields,
    since: Time.optional().describe('last changed at or after'),
    until: Time.optional().describe('last changed at or before'),
    limit: z.int().min(1).max(limits.searchResults).optional().describe('default 10'),
  }),
  output: z.object({
    results: z.array(Result),
    total: z.int().describe('how many fit at all'),
    unread: z
      .int()
      .optional()
      .describe('how many memories were searched by title alone: their content is damaged'),
  }),
  run: ({ query, mode = 'auto', in: places = ['memories'], since, until, limit = 10, ...filter }, call) => {
    if (mode === 'semantic' || mode === 'hybrid') throw notYet(`mode "${mode}"`, 'mode "auto" or "lexical"');
    if (places.includes('files')) throw notYet('searching files', 'in: ["memories"]');
    const times = { since: milliseconds(since), until: milliseconds(until) };
    return fitPage(limit, call.maxTokens, (most) => {
      const found = call.context.search.search({ query, ...filter, ...times, limit: most });
      const { total, unread } = found;
      return { results: found.results.map(resultOf), total, ...(unread === 0 ? {} : { unread }) };
    });
  },
  text: ({ results, total, unread = 0 }) => [foundText(results, total), ...unreadText(unread)].join('\n\n'),
});

function foundText(results: readonly z.infer<typeof Result>[], total: number): string {
  if (results.length === 0) return 'No memory fits. Try other words, fewer words, or memory_list.';
  const first = `${results.length} of ${count(total, 'memory', 'memories')}, best first:`;
  return [first, ...results.map(readable)].join('\n\n');
}

function unreadText(unread: number): string[] {
  if (unread === 0) return [];
  const these = count(unread, 'memory', 'memories');
  return [
    `The content of ${these} is damaged: only titles were searched there. health_check names the files.`,
  ];
}

type Found = Omit<z.infer<typeof Result>, 'kind' | 'updatedAt' | 'tags'> & {
  tags: readonly string[];
  updatedAt: number;
};

function resultOf({ id, title, snippet, score, tags, tier, updatedAt }: Found): z.infer<typeof Result> {
  return { kind: 'memory', id, title, snippet, score, tags: [...tags], tier, updatedAt: isoTime(updatedAt) };
}

function readable({ id, title, tags, snippet }: z.infer<typeof Result>): string {
  return `${id} "${title}"${tags.length === 0 ? '' : ` [${tags.join(', ')}]`}\n${snippet}`;
}

function notYet(what: string, instead: string) {
  return invalidInput(`This version has no ${what}.`, `Use ${instead}.`);
}
