import assert from 'node:assert/strict';
import { PermafrostError } from '../../../src/core/errors.ts';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import type { Endpoints } from '../../../src/core/vllm/endpoints/endpoints.ts';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import type { FrozenWindow } from '../../../src/core/windows/window.ts';
import { endpointsAt, to } from '../../core/windows/openWindows.ts';
import { conversationOf } from '../conversations.ts';
import { LastingContext } from './lasting.ts';
import { freshPrompt, Subject, type Server, type Start } from './subject.ts';

const options = { replyTokens: 8 };
const TOKENS = 3_000;
const CACHE_TOKENS = 16_384;

/** Few enough for one step of the server: the connector for tests keeps no more of a prompt than its first step. */
const ONE_STEP_TOKENS = 1_000;

/** What becomes of a window when its server is killed and started again. The usual server is killed by this. */
export function restartCases(subject: () => Subject, start: Start): void {
  describe('killed in the middle of a thaw, and started again with nothing kept,', () => {
    let context: LastingContext;
    let frozen: FrozenWindow;
    let failure: unknown;
    let later: Subject;

    before(async () => {
      context = new LastingContext();
      const { server } = subject();
      frozen = await context
        .windows(to(server, server.apiKey))
        .freeze({ messages: conversationOf(12, TOKENS) });
      const killing = context.windows(() => Promise.resolve(killedByThaw(server)));
      failure = await killing.thaw({ windowId: frozen.id }, options).catch((thrown: unknown) => thrown);
      const port = Number(new URL(server.url).port);
      later = await Subject.meet(await start({ port, cacheTokens: CACHE_TOKENS }));
    });
    after(async () => {
      await later?.server.close();
      context.remove();
    });

    const windows = () => context.windows(to(later.server, later.server.apiKey));
    const thaw = () => windows().thaw({ windowId: frozen.id }, options);

    it('it is an error, and the window is as it was', () => {
      assert.ok(failure instanceof PermafrostError);
      assert.match(failure.code, /^PF-500[27]$/);
      assert.deepEqual(windows().get({ windowId: frozen.id }), frozen);
      assert.equal(windows().list({ limit: 9 }).total, 1);
    });

    it('it has none of the blocks and says so, and has all of them at the second thaw', async () => {
      const first = await thaw();
      assert.deepEqual([first.status, first.cachedTokens, first.blocksFound], ['token_exact', 0, 0]);
      assert.match(first.reasons.join(), /None of its \d+ blocks was in the server's cache \(evicted, or/);
      assert.deepEqual(first.promptTokensBySource, {
        localCacheHit: 0,
        externalKvTransfer: 0,
        localCompute: TOKENS,
      });
      const second = await thaw();
      const localCacheHit = maxCacheable(TOKENS, later.blockSize);
      assert.deepEqual([second.status, second.cachedTokens, second.reasons], ['verified', localCacheHit, []]);
      assert.equal(second.blocksFound, second.blocksExpected);
      assert.deepEqual(second.promptTokensBySource, {
        localCacheHit,
        externalKvTransfer: 0,
        localCompute: TOKENS - localCacheHit,
      });
    });

    it('it says how many blocks are left when its cache was full meanwhile', async () => {
      await thaw();
      const others = CACHE_TOKENS - TOKENS / 2;
      await later.complete(freshPrompt(others));
      const some = await thaw();
      const { blocksFound, blocksExpected, status } = some;
      assert.ok(blocksFound !== null && blocksExpected !== null);
      assert.ok(blocksFound > 0 && blocksFound < blocksExpected, `${blocksFound} of ${blocksExpected}`);
      assert.equal(status, 'verified');
      assert.match(some.reasons.join(), new RegExp(`${blocksFound} of its ${blocksExpected} blocks were in`));
      for (const length of [others, others + 1]) await later.complete(freshPrompt(length));
      assert.deepEqual((await thaw()).status, 'token_exact');
      assert.equal((await thaw()).cachedTokens, maxCacheable(TOKENS, later.blockSize));
    });
  });

  describe('killed, and started again with a connector that keeps blocks,', () => {
    let context: LastingContext;
    let frozen: FrozenWindow;
    let later: Server;

    before(async () => {
      context = new LastingContext();
      const server = await start({ keepsBlocks: true });
      frozen = await context
        .windows(to(server, server.apiKey))
        .freeze({ messages: conversationOf(6, ONE_STEP_TOKENS) });
      await server.kill();
      later = await start({ keepsBlocks: true, port: Number(new URL(server.url).port) });
    });
    after(async () => {
      await later?.close();
      context.remove();
    });

    it('it is verified with blocks from there, and with its own at the second thaw', async () => {
      const windows = context.windows(to(later, later.apiKey));
      const first = await windows.thaw({ windowId: frozen.id }, options);
      const held = maxCacheable(ONE_STEP_TOKENS, frozen.server?.blockSize ?? 0);
      assert.deepEqual([first.status, first.cachedTokens], ['verified', held]);
      assert.equal(first.blocksFound, first.blocksExpected);
      const localCompute = ONE_STEP_TOKENS - held;
      assert.deepEqual(first.promptTokensBySource, {
        localCacheHit: 0,
        externalKvTransfer: held,
        localCompute,
      });
      assert.match(first.reasons.join(), new RegExp(`KV connector brought ${held} of the tokens`));
      const second = await windows.thaw({ windowId: frozen.id }, options);
      assert.equal(second.status, 'verified');
      assert.deepEqual(second.promptTokensBySource, {
        localCacheHit: held,
        externalKvTransfer: 0,
        localCompute,
      });
    });
  });
}

/** A client whose server is killed as soon as it has asked for tokens. */
function killedByThaw(server: Server): Endpoints {
  const killing: Fetch = async (input, init) => {
    if (!input.endsWith('/v1/completions')) return fetch(input, init);
    const [answer] = await Promise.allSettled([fetch(input, init), server.kill()]);
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  };
  const apiKey = () => Promise.resolve(server.apiKey);
  return endpointsAt([server.url], { apiKey, fetch: killing });
}
