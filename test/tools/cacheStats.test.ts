import assert from 'node:assert/strict';
import * as z from 'zod';
import { originNotAllowed } from '../../src/core/errors.ts';
import { VllmClient } from '../../src/core/vllm/client.ts';
import { endpointsAt, standinFor, to } from '../core/windows/openWindows.ts';
import { startStandin } from '../vllm/standin/server.ts';
import { openTools } from './openTools.ts';
import { complete } from '../vllm/whole.ts';

const Statistics = z.object({
  caches: z.array(
    z.object({
      name: z.string(),
      hits: z.number(),
      misses: z.number(),
      hitRate: z.number().nullable(),
      entries: z.number(),
      bytes: z.number(),
      maxBytes: z.number(),
      evictions: z.number(),
    }),
  ),
  endpoints: z.array(z.looseObject({ endpoint: z.string().optional(), error: z.string().optional() })),
});

async function statisticsOf(tools: ReturnType<typeof openTools>) {
  const { caches, endpoints } = Statistics.parse(await tools.answer('cache_stats', {}));
  return { caches: new Map(caches.map((cache) => [cache.name, cache])), endpoints };
}

const LARGE = 'a long story '.repeat(2_000);

describe('the cache statistics', () => {
  it('count what each cache of this process was asked for and had', async () => {
    const tools = openTools();
    const { created } = z
      .object({ created: z.array(z.object({ id: z.string() })) })
      .parse(
        await tools.answer('memory_create', { memories: [{ title: 'Ice', content: LARGE, tags: ['a'] }] }),
      );
    const ids = created.map(({ id }) => id);
    for (let times = 0; times < 4; times++) {
      await tools.answer('memory_read', { ids });
      await tools.answer('memory_list', {});
      await tools.answer('memory_search', { query: 'ice' });
    }
    const { caches, endpoints } = await statisticsOf(tools);
    for (const name of ['memories', 'contents', 'lists', 'searches']) {
      const { bytes = 0, maxBytes = 0, ...counts } = caches.get(name) ?? {};
      assert.deepEqual(counts, { name, hits: 3, misses: 1, hitRate: 0.75, entries: 1, evictions: 0 });
      assert.ok(bytes > 0 && bytes < maxBytes);
    }
    assert.equal(caches.get('tags')?.hitRate, null);
    assert.deepEqual(endpoints, []);
    const text = await textOf(tools);
    assert.match(text, /- memories: 75\.0 % found \(3 of 4\); 1 kept, 0\.0 of 48\.0 MB, 0 let go/);
    assert.match(text, /No vLLM server is configured/);
  });

  it("have the server's own counters of its prefix cache", async () => {
    const standin = await standinFor();
    const tools = openTools({ connect: to(standin) });
    assert.match(await textOf(tools), /of tokens, nothing was looked for yet/);
    const prompt = {
      model: standin.model,
      prompt: Array.from({ length: 64 }, (_, at) => at + 1),
      maxTokens: 1,
    };
    const client = new VllmClient({ endpoint: standin.url });
    await complete(client, prompt);
    await complete(client, prompt);
    const { endpoints } = await statisticsOf(tools);
    const [{ kvCacheUsage, ...counters } = {}] = endpoints;
    assert.equal(typeof kvCacheUsage, 'number');
    const external = { externalQueries: 0, externalHits: 0 };
    assert.deepEqual(counters, {
      endpoint: standin.url,
      queries: 128,
      hits: 48,
      hitRate: 0.375,
      ...external,
    });
    const text = await textOf(tools);
    assert.match(text, /of tokens, 37\.5 % found \(48 of 128\)/);
  });

  it('have the counters of each of several servers', async () => {
    const [one, other] = [await standinFor(), await standinFor()];
    const both = endpointsAt([one.url, other.url]);
    await other.close();
    const { endpoints } = await statisticsOf(openTools({ connect: () => Promise.resolve(both) }));
    assert.deepEqual(
      endpoints.map(({ endpoint, error }) => [endpoint, error?.slice(0, 7)]),
      [[one.url, undefined], [other.url, 'PF-5002']], // prettier-ignore
    );
  });

  it('say why a server cannot be asked, beside the caches of this process', async () => {
    const stopped = await startStandin({});
    await stopped.close();
    const connects = [
      {
        connect: to(stopped),
        code: /^PF-5002/,
        endpoint: stopped.url,
      },
      {
        connect: () => Promise.reject(originNotAllowed('http://elsewhere')),
        code: /^PF-8004/,
        endpoint: undefined,
      },
    ];
    for (const { connect, code, endpoint } of connects) {
      const tools = openTools({ connect });
      const { caches, endpoints } = await statisticsOf(tools);
      assert.ok(caches.size > 0);
      assert.equal(endpoints.length, 1);
      assert.equal(endpoints[0]?.endpoint, endpoint);
      assert.match(endpoints[0]?.error ?? '', code);
      assert.match(await textOf(tools), new RegExp(code.source.slice(1)));
    }
  });
});

async function textOf(tools: ReturnType<typeof openTools>): Promise<string> {
  return (await tools.call('cache_stats', {})).texts.join();
}
