import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import {
  asks,
  conversation,
  endpointsAt,
  keepBusy,
  openWindows,
  says,
  standinFor,
  to,
  windowsOf,
} from './openWindows.ts';
import { complete } from '../../vllm/whole.ts';

const messages = conversation(6);
const options = { replyTokens: 20 };

describe('thawing from a cache that was too small', () => {
  it('is verified with what is left, and says how much that is', async () => {
    const { windows, standin } = await openWindows({ blocks: 40, maxModelLen: 640 });
    const client = new VllmClient({ endpoint: standin.url });
    const { id, blockCount } = await windows.freeze({ messages: conversation(3) });
    assert.ok(blockCount !== null && blockCount > 12);
    const fill = (blocks: number, tokenId: number) =>
      complete(client, {
        model: standin.model,
        prompt: new Array<number>(blocks * 16).fill(tokenId),
        maxTokens: 1,
      });
    await fill(39 - blockCount + 10, 7);
    const some = await windows.thaw({ windowId: id }, options);
    assert.ok(some.blocksFound !== null && some.blocksExpected !== null);
    assert.ok(some.blocksFound > 0 && some.blocksFound < some.blocksExpected);
    assert.equal(some.status, 'verified');
    assert.match(
      some.reasons.join(),
      new RegExp(`${some.blocksFound} of its ${some.blocksExpected} blocks.*evicted`),
    );
    for (const tokenId of [8, 9]) await fill(39, tokenId);
    const none = await windows.thaw({ windowId: id }, options);
    assert.deepEqual([none.status, none.cachedTokens], ['token_exact', 0]);
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
  });
});

describe('thawing while the server stops', () => {
  it('is an error at any moment, leaves the window as it was, and works again on the server after it', async () => {
    for (const path of ['/v1/models', '/tokenize', '/v1/completions']) {
      const { windows, store, standin } = await openWindows();
      const window = await windows.freeze({ messages });
      const { position } = store;
      const stopping: Fetch = async (input, init) => {
        if (!input.endsWith(path)) return fetch(input, init);
        const [answer] = await Promise.allSettled([fetch(input, init), standin.close()]);
        if (answer.status === 'rejected') throw answer.reason;
        return answer.value;
      };
      const endpoints = endpointsAt([standin.url], { fetch: stopping });
      const hasty = windowsOf(store, () => Promise.resolve(endpoints));
      const thawing = hasty.thaw({ windowId: window.id }, options);
      await assert.rejects(thawing, { code: /^PF-500[27]$/ });
      assert.equal(store.position, position);
      const after = windowsOf(store, to(await standinFor()));
      assert.equal((await after.thaw({ windowId: window.id }, options)).status, 'token_exact');
      assert.equal((await after.thaw({ windowId: window.id }, options)).status, 'verified');
    }
  });
});

describe('thawing on a server without /tokenize', () => {
  it('claims no more than that the same tokens were computed, and asks the question as a chat', async () => {
    const { windows, standin } = await openWindows();
    const { id, promptTokens } = await windows.freeze({ messages });
    standin.faults.set({ kind: 'status', status: 404 }, { path: '/tokenize' });
    const thawed = await windows.thaw({ windowId: id }, { ...options, continueWith: 'Why?' });
    assert.equal(thawed.status, 'token_exact');
    assert.equal(thawed.cachedTokens, maxCacheable(promptTokens ?? 0, 16));
    assert.match(thawed.reasons.join(), /whether its template still makes these tokens.*asked as a chat/);
    assert.equal(thawed.reply?.cachedTokens, Math.floor((promptTokens ?? 0) / 16) * 16);
    const session = windows.sessions.get(thawed.sessionId ?? '');
    assert.deepEqual(session.messages, [...messages, asks('Why?'), says(thawed.reply?.text ?? '')]);
    assert.equal(session.tokenIds?.length, thawed.reply.promptTokens + thawed.reply.completionTokens);
  });
});

describe('the sources of the tokens of a thaw', () => {
  it('are the cache, and the few tokens that are always computed', async () => {
    const { windows } = await openWindows();
    const { id, promptTokens } = await windows.freeze({ messages });
    const { promptTokensBySource, cachedTokens } = await windows.thaw({ windowId: id }, options);
    const localCacheHit = maxCacheable(promptTokens ?? 0, 16);
    assert.equal(cachedTokens, localCacheHit);
    const localCompute = (promptTokens ?? 0) - localCacheHit;
    assert.deepEqual(promptTokensBySource, { localCacheHit, externalKvTransfer: 0, localCompute });
  });

  it('are not known when the server served others at the time, and nothing else is told less for it', async () => {
    const { windows, standin } = await openWindows({ msPerToken: 5 });
    const { id, promptTokens } = await windows.freeze({ messages });
    const rest = await keepBusy(standin);
    const thawed = await windows.thaw({ windowId: id }, options);
    await rest();
    assert.deepEqual([thawed.status, thawed.promptTokensBySource], ['verified', null]);
    assert.equal(thawed.cachedTokens, maxCacheable(promptTokens ?? 0, 16));
  });
});
