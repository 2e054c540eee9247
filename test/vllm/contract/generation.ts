import assert from 'node:assert/strict';
import * as z from 'zod';
import type { GenerationEvent, TokenLogprob } from '../../../src/core/vllm/generation.ts';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import { freshPrompt, messages, type Subject } from './subject.ts';

/** Natural logarithms of probabilities, computed in batches of another shape, may differ by this much. */
const TOLERANCE = 0.01;

const ids = z.array(z.int());
const wholeChat = z.looseObject({
  object: z.literal('chat.completion'),
  system_fingerprint: z.string(),
  choices: z.tuple([z.looseObject({ message: z.looseObject({ content: z.string() }), token_ids: ids })]),
  prompt_token_ids: ids,
  usage: z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
});
const wholeCompletion = z.looseObject({
  object: z.literal('text_completion'),
  choices: z.tuple([z.looseObject({ text: z.string(), token_ids: ids, prompt_token_ids: ids })]),
  usage: z.looseObject({ prompt_tokens_details: z.looseObject({ cached_tokens: z.int() }) }),
});

export function generationCases(subject: () => Subject): void {
  describe('generates', () => {
    it('in pieces that add up to the whole, with usage and fingerprint at the end', async () => {
      const { client, model } = subject();
      const events: GenerationEvent[] = [];
      const request = { model, messages, maxTokens: 12, temperature: 0, cacheSalt: newSalt() };
      for await (const event of client.chatStreaming(request)) events.push(event);
      const last = events.pop();
      assert.ok(last?.kind === 'done');
      const { text, usage, tokenIds, promptTokenIds, systemFingerprint, finishReason } = last.generation;
      assert.equal(events.map((event) => (event.kind === 'text' ? event.text : '')).join(''), text);
      assert.equal(usage.completionTokens, tokenIds.length);
      assert.equal(usage.promptTokens, promptTokenIds?.length);
      assert.match(systemFingerprint ?? '', /^vllm-/);
      assert.match(finishReason ?? '', /^(length|stop)$/);
      assert.ok(last.generation.timeToFirstTokenMs > 0);
    });

    it('the same tokens at temperature 0, for messages and for their ids', async () => {
      const { tokenIds, promptTokenIds } = await subject().chat(newSalt());
      assert.deepEqual((await subject().complete(promptTokenIds ?? [], newSalt())).tokenIds, tokenIds);
    });

    it('the same log-probabilities from a cold and from a warm cache', async () => {
      const { blockSize } = subject();
      const prompt = freshPrompt(6 * blockSize + 3);
      const salt = newSalt();
      const cold = await subject().complete(prompt, salt, 5);
      const warm = await subject().complete(prompt, salt, 5);
      assert.equal(cold.usage.cachedTokens, 0);
      assert.equal(warm.usage.cachedTokens, 6 * blockSize);
      assert.deepEqual(
        cold.logprobs.map(({ tokenId }) => tokenId),
        cold.tokenIds,
      );
      cold.logprobs.forEach(({ top }, place) => assertClose(top, warm.logprobs[place]?.top ?? []));
    });

    it('other log-probabilities for another prompt', async () => {
      const [one, other] = [await first(freshPrompt(40)), await first(freshPrompt(40))];
      assert.notDeepEqual(one, other);
    });

    it('whole answers too, without a stream', async () => {
      const { model } = subject();
      const common = { model, max_tokens: 2, return_token_ids: true };
      const chat = wholeChat.parse(
        (await subject().raw('POST', '/v1/chat/completions', { ...common, messages })).body,
      );
      assert.equal(chat.usage.prompt_tokens, chat.prompt_token_ids.length);
      assert.equal(chat.usage.completion_tokens, chat.choices[0].token_ids.length);
      const { body } = await subject().raw('POST', '/v1/completions', { ...common, prompt: [10, 11] });
      assert.deepEqual(wholeCompletion.parse(body).choices[0].prompt_token_ids, [10, 11]);
    });
  });

  const first = async (prompt: readonly number[]) =>
    (await subject().complete(prompt, newSalt(), 5)).logprobs[0]?.top;
}

function assertClose(cold: readonly TokenLogprob[], warm: readonly TokenLogprob[]): void {
  assert.ok(cold.length >= 5);
  for (const { tokenId, logprob } of cold) {
    const same = warm.find((candidate) => candidate.tokenId === tokenId);
    assert.ok(same !== undefined, `token ${tokenId} is not among the warm ones`);
    assert.ok(Math.abs(same.logprob - logprob) < TOLERANCE, `${same.logprob} is not ${logprob}`);
  }
}
