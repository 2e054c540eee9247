import * as assert from 'node:assert/strict';
import { toTokenizeBody } from '../../../src/core/vllm/requests.ts';

const MESSAGES = [{ role: 'user', content: 'What of the ice?' }];

function argumentsOf(
  shape: Omit<Parameters<typeof toTokenizeBody>[0], 'model' | 'messages' | 'addGenerationPrompt'>,
) {
  const request = { model: 'tiny', messages: MESSAGES, addGenerationPrompt: true, ...shape };
  return toTokenizeBody(request)['chat_template_kwargs'];
}

describe('what /tokenize is told of a chat', () => {
  it('has documents and effort among the template arguments, as vLLM hands those of a chat to the template', () => {
    const documents = [{ text: 'Ice.' }];
    assert.deepEqual(argumentsOf({ documents, chatTemplateKwargs: { note: 'cold' } }), {
      note: 'cold',
      documents,
    });
    assert.deepEqual(argumentsOf({ reasoningEffort: 'low' }), {
      enable_thinking: true,
      reasoning_effort: 'low',
    });
    assert.deepEqual(argumentsOf({ reasoningEffort: 'none' }), {
      enable_thinking: false,
      reasoning_effort: 'none',
    });
    assert.equal(argumentsOf({}), undefined);
  });

  it('leaves to whoever asks whether there is thinking, whatever the effort', () => {
    const chatTemplateKwargs = { enable_thinking: false };
    assert.deepEqual(argumentsOf({ reasoningEffort: 'high', chatTemplateKwargs }), {
      enable_thinking: false,
      reasoning_effort: 'high',
    });
  });
});
