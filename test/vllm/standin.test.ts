import assert from 'node:assert/strict';
import { VllmClient } from '../../src/core/vllm/client.ts';
import { contract } from './contract.ts';
import type { ServerSetup } from './contract/subject.ts';
import { startStandin, type Standin } from './standin/server.ts';
import type { StandinOptions } from './standin/settings.ts';
import { complete } from './whole.ts';

describe('the stand-in for vLLM', () => {
  describe('by the contract,', () => {
    const outlasting = new Set<string>();
    contract(async (setup = {}) => {
      const apiKey = 'contract-key';
      const standin = await startStandin({ ...optionsFor(setup, outlasting), apiKey, autoToolChoice: false });
      return {
        ...standin,
        apiKey,
        pause: () => standin.faults.set({ kind: 'hang' }),
        resume: () => standin.faults.clear(),
        kill: () => standin.close(),
      };
    });
  });

  describe('by its options,', () => {
    let standins: Standin[] = [];
    afterEach(async () => {
      await Promise.all(standins.map((standin) => standin.close()));
      standins = [];
    });

    const start = async (options: StandinOptions) => {
      const standin = await startStandin(options);
      standins.push(standin);
      return { standin, client: new VllmClient({ endpoint: standin.url }) };
    };

    const send = async (client: VllmClient, prompt: number[], cacheSalt = 'salt') =>
      (await complete(client, { model: 'standin-llama', prompt, maxTokens: 1, cacheSalt })).usage
        .cachedTokens;

    const prompt = (first: number) => [first, ...new Array<number>(32).fill(7)];

    it('evicts the least recently used blocks first, and of one prompt the last ones', async () => {
      const { client } = await start({ blocks: 4, maxModelLen: 64 });
      for (const first of [10, 11]) await send(client, prompt(first)); // two blocks each: full
      assert.equal(await send(client, prompt(10)), 32); // now 11 is the oldest
      await send(client, [12, ...new Array<number>(15).fill(7)]); // room for one more block
      assert.equal(await send(client, prompt(11)), 16);
    });

    it('keeps nothing without prefix caching', async () => {
      const { client } = await start({ enablePrefixCaching: false });
      await send(client, prompt(10));
      assert.equal(await send(client, prompt(10)), 0);
      const { cacheConfig, prefixCache } = await client.metrics();
      assert.equal(cacheConfig?.enablePrefixCaching, false);
      assert.deepEqual(prefixCache, { queries: 0, hits: 0 });
    });

    it('does not tell cached tokens without the details of prompt tokens', async () => {
      const { client } = await start({ promptTokensDetails: false });
      await send(client, prompt(10));
      assert.equal(await send(client, prompt(10)), null);
      assert.equal((await client.metrics()).prefixCache?.hits, 32);
    });

    it('finds blocks in another store after a restart, and says that they came from there', async () => {
      const externalBlocks = new Set<string>();
      const before = await start({ externalBlocks });
      await send(before.client, prompt(10));
      await before.standin.close();
      const after = await start({ externalBlocks });
      assert.equal(await send(after.client, prompt(10)), 32);
      const { promptTokensBySource, prefixCache } = await after.client.metrics();
      assert.deepEqual(promptTokensBySource, { localCompute: 1, localCacheHit: 0, externalKvTransfer: 32 });
      assert.equal(prefixCache?.hits, 0);
    });

    it('says that it is a stand-in', async () => {
      const { standin } = await start({});
      assert.match(await (await fetch(`${standin.url}/v1/models`)).text(), /"owned_by":"permafrost-standin"/);
    });

    it('stops generating when the client is gone', async () => {
      const { client, standin } = await start({ msPerToken: 1 });
      const request = { model: standin.model, prompt: prompt(10), maxTokens: 5_000 };
      for await (const event of client.completeStreaming(request)) if (event.kind === 'text') break;
      const running = async () => (await client.metrics()).requestsRunning;
      while ((await running()) !== 0);
    });
  });
});

function optionsFor(
  { port, servedAs, isOtherModel, preamble, cacheTokens, keepsBlocks }: ServerSetup,
  outlasting: Set<string>,
): StandinOptions {
  return {
    ...(port === undefined ? {} : { port }),
    ...(servedAs === undefined ? {} : { model: servedAs }),
    ...(isOtherModel === true ? { root: 'permafrost/other-llama', weights: 21 } : {}),
    ...(preamble === undefined ? {} : { preamble }),
    ...(cacheTokens === undefined ? {} : { blocks: cacheTokens / 16 }),
    ...(keepsBlocks === true ? { externalBlocks: outlasting } : {}),
  };
}
