import assert from 'node:assert/strict';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import { MAX_MODEL_LEN, messages, question, system, type Subject } from './subject.ts';
import { chat } from '../whole.ts';

const tools = [
  {
    type: 'function',
    function: {
      name: 'find_fox',
      description: 'Finds the fox.',
      parameters: { type: 'object', properties: { where: { type: 'string' } } },
    },
  },
  { type: 'function', function: { name: 'wait' } },
];

export function tokenizerCases(subject: () => Subject): void {
  const tokenize = (asked: typeof messages, addGenerationPrompt = true) =>
    subject().client.tokenize({ model: subject().model, messages: asked, addGenerationPrompt });

  const detokenize = (tokens: readonly number[]) => subject().client.detokenize(subject().model, tokens);

  describe('tokenizes', () => {
    it('messages into the same ids as a chat request', async () => {
      const { tokens, maxModelLen } = await tokenize(messages);
      assert.deepEqual((await subject().chat(newSalt())).promptTokenIds, tokens);
      assert.equal(maxModelLen, MAX_MODEL_LEN);
    });

    it('messages with tools and template arguments into the same ids as a chat request', async () => {
      const { client, model } = subject();
      const prompt = { model, messages, tools, chatTemplateKwargs: { note: 'It snows.' } };
      const { tokens } = await client.tokenize({ ...prompt, addGenerationPrompt: true });
      const { promptTokenIds } = await chat(client, { ...prompt, toolChoice: 'none', maxTokens: 1 });
      assert.deepEqual(promptTokenIds, tokens);
      assert.equal(
        await detokenize(tokens),
        '<|begin|><|tool|>{"type": "function", "function": {"name": "find_fox", "description": "Finds the fox.", ' +
          '"parameters": {"type": "object", "properties": {"where": {"type": "string"}}}}}\n' +
          '{"type": "function", "function": {"name": "wait", "description": null, "parameters": null}}\n<|end|>' +
          `<|system|>${String(system.content)}<|end|><|user|>${String(question.content)}<|end|>` +
          '<|system|>It snows.<|end|><|assistant|>',
      );
    });

    it('tool calls, with their arguments written anew, and parts of text', async () => {
      const call = {
        id: 'c1',
        type: 'function',
        function: { name: 'find_fox', arguments: '{"where":"ice"}' },
      };
      const { tokens } = await tokenize(
        [
          { role: 'user', content: ['a', 'b'].map((text) => ({ type: 'text', text })) },
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'c1', content: 'there' },
        ],
        false,
      );
      assert.equal(
        await detokenize(tokens),
        '<|begin|><|user|>a\nb<|end|>' +
          '<|assistant|>{"arguments": {"where": "ice"}, "name": "find_fox"}<|end|><|tool|>there<|end|>',
      );
    });

    it('with the generation prompt only when asked to', async () => {
      const { tokens: open } = await tokenize(messages);
      const { tokens: closed } = await tokenize(messages, false);
      assert.deepEqual(open.slice(0, closed.length), closed);
      assert.equal(open.length, closed.length + 1);
    });

    it('texts that are longer than the context', async () => {
      const { tokens } = await tokenize([{ role: 'user', content: '1 2 '.repeat(10_000) }]);
      assert.ok(tokens.length > MAX_MODEL_LEN);
    });

    it('and detokenizes back to the same text, leaving out ids that it does not know', async () => {
      const { tokens } = await tokenize([question]);
      const text = `<|begin|><|user|>${String(question.content)}<|end|><|assistant|>`;
      assert.equal(await detokenize(tokens), text);
      assert.equal(await detokenize([...tokens, 9_999_999]), text);
    });
  });
}
