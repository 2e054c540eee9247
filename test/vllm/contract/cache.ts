import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import type { ServerMetrics } from '../../../src/core/vllm/serverMetrics.ts';
import { freshPrompt, messages, OUTPUT_TOKENS, type Subject } from './subject.ts';

export function cacheCases(subject: () => Subject): void {
  const cached = async (prompt: readonly number[], salt?: string) =>
    (await subject().complete(prompt, salt)).usage.cachedTokens;

  describe('keeps a prefix cache', () => {
    it('that has nothing of a new salt, and all that can be cached at the second request', async () => {
      const salt = newSalt();
      const first = await subject().chat(salt);
      const second = await subject().chat(salt);
      assert.equal(first.usage.cachedTokens, 0);
      assert.equal(second.usage.cachedTokens, maxCacheable(first.usage.promptTokens, subject().blockSize));
      assert.deepEqual(second.tokenIds, first.tokenIds);
    });

    it('that another salt does not see, nor a request without one', async () => {
      const { blockSize } = subject();
      const prompt = freshPrompt(4 * blockSize);
      const salt = newSalt();
      assert.equal(await cached(prompt, salt), 0);
      assert.equal(await cached(prompt, newSalt()), 0);
      assert.equal(await cached(prompt), 0);
      assert.equal(await cached(prompt), 3 * blockSize);
      assert.equal(await cached(prompt, salt), 3 * blockSize);
    });

    it('in which token ids find again what a chat has left', async () => {
      const salt = newSalt();
      const { promptTokenIds } = await subject().chat(salt);
      assert.ok(promptTokenIds !== null);
      const thawed = await subject().complete(promptTokenIds, salt);
      assert.equal(thawed.usage.cachedTokens, maxCacheable(promptTokenIds.length, subject().blockSize));
      assert.deepEqual(thawed.promptTokenIds, promptTokenIds);
    });

    it('that never holds the last token, nor a part of a block', async () => {
      const { blockSize } = subject();
      for (const length of [blockSize, blockSize + 1, 2 * blockSize, 2 * blockSize + 1]) {
        const prompt = freshPrompt(length);
        const salt = newSalt();
        await cached(prompt, salt);
        assert.equal(await cached(prompt, salt), maxCacheable(length, blockSize), `${length} tokens`);
      }
    });

    it('that gives the common part of two prompts, in whole blocks', async () => {
      const { blockSize } = subject();
      const prompt = freshPrompt(5 * blockSize);
      const salt = newSalt();
      await cached(prompt, salt);
      const other = prompt.with(2 * blockSize + 5, 9);
      assert.equal(await cached(other, salt), 2 * blockSize);
      assert.equal(await cached(prompt.with(0, 9), salt), 0);
    });

    it('that holds generated tokens as well, but for the last one', async () => {
      const { blockSize } = subject();
      const salt = newSalt();
      for (const [missing, expected] of [
        [OUTPUT_TOKENS - 1, 2 * blockSize],
        [OUTPUT_TOKENS, blockSize],
      ] as const) {
        const prompt = freshPrompt(2 * blockSize - missing);
        const { tokenIds } = await subject().complete(prompt, salt);
        assert.equal(tokenIds.length, OUTPUT_TOKENS, 'this case needs a model that does not end here');
        assert.equal(await cached([...prompt, ...tokenIds, 9, 9], salt), expected);
      }
    });

    it('that serves the next turn of a conversation', async () => {
      const salt = newSalt();
      const first = await subject().chat(salt);
      const answer = { role: 'assistant', content: first.text };
      const second = await subject().chat(salt, [...messages, answer, { role: 'user', content: 'And now?' }]);
      const held = [...(first.promptTokenIds ?? []), ...first.tokenIds.slice(0, -1)];
      const common = commonLength(held, second.promptTokenIds ?? []);
      assert.ok(common >= first.usage.promptTokens);
      assert.equal(second.usage.cachedTokens, Math.floor(common / subject().blockSize) * subject().blockSize);
    });

    it('and counts it in its metrics, by source', async () => {
      const { client, blockSize } = subject();
      const before = await client.metrics();
      const prompt = freshPrompt(3 * blockSize + 1);
      const salt = newSalt();
      await cached(prompt, salt);
      await cached(prompt, salt);
      const after = await client.metrics();
      const grown = (pick: (metrics: ServerMetrics) => number | undefined) =>
        (pick(after) ?? 0) - (pick(before) ?? 0);
      assert.equal(
        grown((metrics) => metrics.prefixCache?.queries),
        2 * prompt.length,
      );
      assert.equal(
        grown((metrics) => metrics.prefixCache?.hits),
        3 * blockSize,
      );
      assert.equal(
        grown((metrics) => metrics.promptTokensBySource?.localCacheHit),
        3 * blockSize,
      );
      assert.equal(
        grown((metrics) => metrics.promptTokensBySource?.localCompute),
        prompt.length + 1,
      );
      assert.equal(
        grown((metrics) => metrics.promptTokensBySource?.externalKvTransfer),
        0,
      );
    });
  });
}

function commonLength(one: readonly number[], other: readonly number[]): number {
  const end = one.findIndex((tokenId, place) => tokenId !== other[place]);
  return end < 0 ? one.length : end;
}
