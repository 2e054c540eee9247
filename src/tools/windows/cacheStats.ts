import * as z from 'zod';
import type { CacheCounts } from '../../core/cache.ts';
import { asPermafrostError } from '../../core/errors.ts';
import type { VllmClient } from '../../core/vllm/client.ts';
import { connectIfAny } from '../../core/windows/reach.ts';
import type { ToolEnvironment } from '../environment.ts';
import { defineTool } from '../tool.ts';

const hitRate = z.number().min(0).max(1).nullable().describe('null when nothing was asked for');

const Cache = z.object({
  name: z.string(),
  hits: z.int(),
  misses: z.int(),
  hitRate,
  entries: z.int(),
  bytes: z.int().describe('of memory, estimated'),
  maxBytes: z.int(),
  evictions: z.int().describe('entries let go for want of room'),
});
type Cache = z.infer<typeof Cache>;

const Endpoint = z.object({
  endpoint: z.string().optional().describe('absent when the server may not be used'),
  queries: z
    .int()
    .nullable()
    .describe('tokens looked up since the server started; null when it does not say'),
  hits: z.int().nullable().describe('of them, tokens found'),
  hitRate,
  externalQueries: z.int().nullable().describe('the same in a cache outside the GPU, of a KV connector'),
  externalHits: z.int().nullable(),
  kvCacheUsage: z.number().nullable().describe("part of the cache's blocks in use, 0 to 1"),
  error: z.string().optional().describe('why the server could not be asked'),
});
type Endpoint = z.infer<typeof Endpoint>;

export const cacheStats = defineTool({
  name: 'cache_stats',
  title: 'Show cache statistics',
  description:
    "Says how well caches do: this process's own for a context (memories, contents of large ones, pages of lists, tags, " +
    "searches), since it began, and the prefix cache of each vLLM server, by the server's own counters.",
  area: 'windows',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject({}),
  output: z.object({ caches: z.array(Cache), endpoints: z.array(Endpoint) }),
  run: async (_input, { context: { memories, search }, environment, signal }) => {
    const endpoints = await askEndpoints(environment, signal);
    const counts = Object.entries({ ...memories.cacheCounts, searches: search.cacheCounts });
    return { caches: counts.map(([name, each]) => cacheOutput(name, each)), endpoints };
  },
  text: ({ caches, endpoints }) =>
    [
      'Caches of this process:',
      ...caches.map(readableCache),
      endpoints.length === 0 ? 'No vLLM server is configured.' : 'Prefix caches of vLLM servers:',
      ...endpoints.map(readableEndpoint),
    ].join('\n'),
});

function cacheOutput(name: string, counts: CacheCounts): Cache {
  return { name, ...counts, hitRate: rate(counts.hits, counts.hits + counts.misses) };
}

/** A server that cannot be asked says so in its place: the process's own counters are worth having all the same. */
async function askEndpoints(environment: ToolEnvironment, signal: AbortSignal): Promise<Endpoint[]> {
  try {
    const endpoints = await connectIfAny(() => environment.connect());
    return await Promise.all((endpoints?.clients ?? []).map((client) => askEndpoint(client, signal)));
  } catch (thrown) {
    return [{ ...UNKNOWN, error: asPermafrostError(thrown).sentence }];
  }
}

async function askEndpoint(client: VllmClient, signal: AbortSignal): Promise<Endpoint> {
  const { endpoint } = client;
  try {
    const { prefixCache, externalPrefixCache: external, kvCacheUsage } = await client.metrics(signal);
    const { queries, hits } = prefixCache ?? UNKNOWN;
    return {
      endpoint,
      queries,
      hits,
      hitRate: rate(hits, queries),
      externalQueries: external?.queries ?? null,
      externalHits: external?.hits ?? null,
      kvCacheUsage,
    };
  } catch (thrown) {
    return { endpoint, ...UNKNOWN, error: asPermafrostError(thrown).sentence };
  }
}

const UNKNOWN = {
  queries: null,
  hits: null,
  hitRate: null,
  externalQueries: null,
  externalHits: null,
  kvCacheUsage: null,
};

function rate(hits: number | null, asked: number | null): number | null {
  return hits === null || asked === null || asked === 0 ? null : hits / asked;
}

function readableCache({ name, hits, misses, entries, bytes, maxBytes, evictions }: Cache): string {
  const kept = `${entries} kept, ${megabytes(bytes)} of ${megabytes(maxBytes)} MB, ${evictions} let go`;
  return `- ${name}: ${found(hits, hits + misses)}; ${kept}`;
}

function readableEndpoint({
  error,
  queries,
  hits,
  externalQueries,
  externalHits,
  ...each
}: Endpoint): string {
  const name = each.endpoint ?? 'the server of the settings';
  if (error !== undefined) return `- ${name}: ${error}`;
  if (queries === null || hits === null) return `- ${name}: it does not count what its prefix cache finds`;
  const external = externalQueries ? [`outside the GPU ${found(externalHits ?? 0, externalQueries)}`] : [];
  const full = each.kvCacheUsage === null ? [] : [`${percent(each.kvCacheUsage)} of its blocks in use`];
  return `- ${name}: ${[`of tokens, ${found(hits, queries)}`, ...external, ...full].join('; ')}`;
}

/** `75.0 % found (3 of 4)` */
function found(hits: number, asked: number): string {
  return asked === 0 ? 'nothing was looked for yet' : `${percent(hits / asked)} found (${hits} of ${asked})`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
