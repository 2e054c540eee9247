import assert from 'node:assert/strict';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import { freshPrompt, MAX_MODEL_LEN, messages, Subject } from './subject.ts';
import { wording } from './wording.ts';
import { chat, complete } from '../whole.ts';

const FORBIDDEN_SALTS = {
  '@': 'a@b',
  'a slash': 'a/b',
  'a backslash': 'a\\b',
  NUL: 'a\0b',
  'more than 128 characters': 'x'.repeat(129),
};

export function refusalCases(subject: () => Subject): void {
  const refused = (work: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(work, { name: 'PermafrostError', code, message });

  describe('refuses', () => {
    it('a model that it does not serve, and says which it does', async () => {
      const { client, model } = subject();
      const refusal = { code: 'PF-7001', facts: { hint: `It serves: ${model}.` } };
      await assert.rejects(complete(client, { model: 'nope', prompt: [1], maxTokens: 1 }), refusal);
      await assert.rejects(chat(client, { model: 'nope', messages, maxTokens: 1 }), refusal);
      await assert.rejects(client.tokenize({ model: 'nope', messages, addGenerationPrompt: true }), refusal);
      await assert.rejects(client.detokenize('nope', [1]), refusal);
    });

    it('a prompt that is longer than the context, and says by how much', () =>
      refused(subject().complete(freshPrompt(20_000)), 'PF-7003', /16384 tokens.*20000 input tokens/));

    it('a conversation that is longer than the context', () =>
      refused(
        subject().chat(undefined, [{ role: 'user', content: '1 2 '.repeat(10_000) }]),
        'PF-7003',
        /16384 tokens/,
      ));

    it('a prompt that leaves no room for one token', () =>
      refused(subject().complete(freshPrompt(MAX_MODEL_LEN)), 'PF-7003', /leaves no room for one token/));

    for (const [what, salt] of Object.entries(FORBIDDEN_SALTS)) {
      it(`a salt with ${what}`, async () => {
        await refused(subject().complete([10, 11], salt), 'PF-5005', /cache_salt/);
        await refused(subject().chat(salt), 'PF-5005', /cache_salt/);
      });
    }

    it('a salt with no character, so the client sends none for it', async () => {
      const { model, server } = subject();
      const answer = await fetch(`${server.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${server.apiKey}` },
        body: JSON.stringify({ model, prompt: [10, 11], max_tokens: 1, cache_salt: '' }),
      });
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /cache_salt/);
      await subject().complete([10, 11], '');
    });

    it('no salt that newSalt makes, and none of 128 characters', async () => {
      await subject().complete([10, 11], newSalt());
      await subject().complete([10, 11], 'é'.repeat(128));
    });

    it('token ids out of its vocabulary', () =>
      refused(subject().complete([10, 9_999_999]), 'PF-5005', /out of vocabulary/));

    it('an empty prompt and an empty conversation', async () => {
      await refused(subject().complete([]), 'PF-5005', /at least one prompt/);
      await refused(subject().chat(undefined, []), 'PF-5005', /empty conversation/);
    });

    it('a missing and a wrong key, under /v1 alone', async () => {
      const { model, server } = subject();
      const strangers = [[undefined, /no key is set for it/], ['wrong', /refused the key/]] as const; // prettier-ignore
      for (const [key, words] of strangers) {
        const stranger = Subject.clientOf(server, key);
        await refused(stranger.models(), 'PF-8001', words);
        await refused(complete(stranger, { model, prompt: [10], maxTokens: 1 }), 'PF-8001', words);
        await stranger.health();
        await stranger.version();
        await stranger.metrics();
        await stranger.tokenize({ model, messages, addGenerationPrompt: true });
      }
    });

    for (const { name, method = 'POST', path, body, answer } of wording) {
      it(`${name}, in the same words`, async () => {
        const { model } = subject();
        assert.deepEqual(await subject().raw(method, path, body?.(model)), answer(model));
      });
    }
  });
}
