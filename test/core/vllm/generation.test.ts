import assert from 'node:assert/strict';
import { GenerationBuilder } from '../../../src/core/vllm/generation.ts';

describe('A generation', () => {
  it('is put together of an answer that comes at once, however long', () => {
    const ids = Array.from({ length: 200_000 }, (_, at) => at);
    const logprobs = { tokens: ids.map((id) => `token_id:${id}`), token_logprobs: ids.map(() => -1) };
    const builder = new GenerationBuilder(0);
    builder.add({ choices: [{ text: 'x', token_ids: ids, logprobs }] });
    const { tokenIds, logprobs: told, usage } = builder.build();
    assert.deepEqual([tokenIds.length, told.length, usage], [ids.length, ids.length, null]);
  });
});
