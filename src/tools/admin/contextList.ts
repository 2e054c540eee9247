import * as z from 'zod';
import { statisticsOf } from '../../core/store/statistics.ts';
import { defineTool } from '../tool.ts';
import type { ContextPlace, ToolEnvironment } from '../environment.ts';

const ContextOutput = z.object({
  id: z.string(),
  name: z.string(),
  folder: z.string().optional().describe('URI of the folder that it belongs to'),
  directory: z.string(),
  current: z.boolean().describe('whether calls that name no context are about this one'),
  access: z.enum(['read', 'write']),
  createdAt: z.string(),
  memories: z.int(),
  archived: z.int(),
  windows: z.int(),
  commits: z.int(),
  bytes: z.int().describe('of all its files'),
  growth: z.object({ last7Days: z.int(), last30Days: z.int() }).describe('memories created'),
});
type ContextOutput = z.infer<typeof ContextOutput>;

export const contextList = defineTool({
  name: 'context_list',
  title: 'List contexts',
  description:
    "Lists the memory contexts that can be reached from here: this folder's own, which calls use by default, and others " +
    'that the user allowed to be read, with their counts, sizes and growth.',
  area: 'admin',
  annotations: { readOnlyHint: true },
  input: z.strictObject({}),
  output: z.object({ contexts: z.array(ContextOutput) }),
  run: async (_input, { environment }) => {
    const reachable = await environment.contexts();
    return {
      contexts: await Promise.all(reachable.map((each, at) => describe(environment, each, at === 0))),
    };
  },
  text: ({ contexts }) => contexts.map(readable).join('\n'),
});

async function describe(
  environment: ToolEnvironment,
  { place, access }: { place: ContextPlace; access: 'read' | 'write' },
  current: boolean,
): Promise<ContextOutput> {
  const { identity, directory, store } = await environment.open(place);
  const { createdIn7Days, createdIn30Days, ...counts } = statisticsOf(store, Date.now());
  const growth = { last7Days: createdIn7Days, last30Days: createdIn30Days };
  return { ...identity, directory, current, access, ...counts, growth };
}

function readable({ id, name, current, access, memories, archived, windows, bytes }: ContextOutput): string {
  const own = current ? ', this folder' : '';
  return `${name} (${id}${own}, ${access}): ${memories} memories, ${archived} archived, ${windows} windows, ${bytes} bytes`;
}
