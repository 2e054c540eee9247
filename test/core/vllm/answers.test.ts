import assert from 'node:assert/strict';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { GenerationEvent } from '../../../src/core/vllm/generation.ts';
import { chat } from '../../vllm/whole.ts';

// What the stand-in does not send: answers of other versions, of reasoning models and of models that call tools.

const request = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
const usage = { prompt_tokens: 9, completion_tokens: 4 };

describe('an answer of a server', () => {
  it('may hold reasoning, under its old name and its new one', async () => {
    const events = await stream([
      delta({ reasoning_content: 'Hm' }),
      delta({ reasoning: ', yes.' }),
      delta({ content: 'Yes' }),
      { choices: [], usage },
    ]);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['reasoning', 'reasoning', 'text', 'done'],
    );
    const { reasoning, text } = wholeOf(events);
    assert.deepEqual({ reasoning, text }, { reasoning: 'Hm, yes.', text: 'Yes' });
  });

  it('may hold calls of tools, in pieces', async () => {
    const events = await stream([
      delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'find', arguments: '' } }] }),
      delta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'wait', arguments: '{}' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '{"where":' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '"ice"}' } }] }),
      { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], usage },
    ]);
    const { toolCalls, finishReason } = wholeOf(events);
    assert.deepEqual(toolCalls, [
      { id: 'a', name: 'find', arguments: '{"where":"ice"}' },
      { id: 'b', name: 'wait', arguments: '{}' },
    ]);
    assert.equal(finishReason, 'tool_calls');
  });

  it('may lack token ids, fingerprint and cached tokens', async () => {
    const {
      promptTokenIds,
      tokenIds,
      systemFingerprint,
      usage: counted,
    } = wholeOf(await stream([delta({ content: 'x' }), { choices: [], usage }]));
    assert.deepEqual(
      { promptTokenIds, tokenIds, systemFingerprint },
      {
        promptTokenIds: null,
        tokenIds: [],
        systemFingerprint: null,
      },
    );
    assert.deepEqual(counted, { promptTokens: 9, completionTokens: 4, cachedTokens: null });
  });

  it('tells no cached tokens when these are more than there are', async () => {
    const madeUp = { ...usage, prompt_tokens_details: { cached_tokens: 10 } };
    const { usage: counted } = wholeOf(
      await stream([delta({ content: 'x' }), { choices: [], usage: madeUp }]),
    );
    assert.equal(counted.cachedTokens, null);
  });

  it('may not lack the count of tokens', () =>
    assert.rejects(stream([delta({ content: 'x' })]), { code: 'PF-5003', message: /no count of tokens/ }));

  it('may come in pieces that cut events and characters apart', async () => {
    const bytes = Buffer.from(sse([delta({ content: 'Où ? ❄️' }), { choices: [], usage }]));
    const client = clientOf(() => streamOf([...bytes].map((byte) => Buffer.from([byte]))));
    assert.equal((await chat(client, request)).text, 'Où ? ❄️');
  });

  it('may be read as slowly as the reader likes', async () => {
    const chunks = [delta({ content: 'a' }), delta({ content: 'b' }), { choices: [], usage }];
    const pieces = chunks.map((chunk) => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`));
    const client = new VllmClient({
      endpoint: 'http://server',
      fetch: () => Promise.resolve(streamOf([...pieces, Buffer.from('data: [DONE]\n\n')])),
      timeoutMs: { firstToken: 30, idle: 30 },
    });
    const kinds: string[] = [];
    for await (const { kind } of client.chatStreaming(request)) {
      if (kind === 'text') await expired(60); // longer than both limits
      kinds.push(kind);
    }
    assert.deepEqual(kinds, ['text', 'text', 'done']);
  });

  it('that ends before its end is an error', async () => {
    const body = `data: ${JSON.stringify(delta({ content: 'x' }))}\n\n`;
    const client = clientOf(() => streamOf([Buffer.from(body)]));
    await assert.rejects(chat(client, request), { code: 'PF-5007' });
  });

  it('that is not a stream is an error', async () => {
    const client = clientOf(() => Response.json({ choices: [] }));
    await assert.rejects(chat(client, request), {
      code: 'PF-5003',
      message: /application\/json .* instead of a stream/,
    });
  });
});

describe('a refusal of a server', () => {
  const refused = (status: number, body: unknown) =>
    chat(
      clientOf(() => Response.json(body, { status })),
      request,
    );

  it('is read in the form of older versions', async () => {
    const old = {
      object: 'error',
      message: 'The model `m` does not exist.',
      type: 'NotFoundError',
      code: 404,
    };
    await assert.rejects(refused(404, old), {
      code: 'PF-7001',
      facts: { hint: 'Its /v1/models lists what it serves.' },
    });
  });

  it('names every model that is served instead', async () => {
    const error = { message: 'The model `m` does not exist. Valid aliases: a/b, c.', type: 'NotFoundError' };
    await assert.rejects(refused(404, { error }), { code: 'PF-7001', facts: { hint: 'It serves: a/b, c.' } });
  });

  it('is cut when it is long', async () => {
    await assert.rejects(
      refused(422, { detail: 'x'.repeat(5_000) }),
      (error: Error) => error.message.length < 700,
    );
  });

  const SALT = 'a-salt_of-43-characters';
  const QUOTED: Record<string, unknown> = {
    "Python's writing": {
      error: { message: `[{'input': {'model': 'm', 'cache_salt': '${SALT}', 'n': -1}}]` },
    },
    'an argument of Python': { error: `ChatCompletionRequest(cache_salt='${SALT}', n=-1)` },
    JSON: { detail: [{ input: { model: 'm', cache_salt: SALT, n: -1 } }] },
    'JSON within JSON': {
      error: { message: JSON.stringify({ quoted: JSON.stringify({ cache_salt: SALT, n: -1 }) }) },
    },
    'what was cut': { error: `{'cache_salt': '${SALT}` },
  };
  for (const [how, body] of Object.entries(QUOTED)) {
    it(`that quotes the request in ${how} is kept without its salt`, () =>
      assert.rejects(refused(400, body), ({ message }: Error) => {
        assert.match(message, /cache_salt.*\.\.\./);
        return !message.includes(SALT) && (message.includes('-1') || how === 'what was cut');
      }));
  }

  it('without a reason is said to be so', () =>
    assert.rejects(
      chat(
        clientOf(() => new Response('', { status: 400 })),
        request,
      ),
      {
        message: /it gave no reason/,
      },
    ));
});

function clientOf(answer: () => Response): VllmClient {
  return new VllmClient({ endpoint: 'http://server', fetch: () => Promise.resolve(answer()) });
}

async function stream(chunks: readonly unknown[]): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = [];
  const client = clientOf(() => streamOf([Buffer.from(sse(chunks))]));
  for await (const event of client.chatStreaming(request)) events.push(event);
  return events;
}

function streamOf(pieces: readonly Buffer[]): Response {
  return new Response(ReadableStream.from(pieces), { headers: { 'content-type': 'text/event-stream' } });
}

function sse(chunks: readonly unknown[]): string {
  return [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
}

function delta(said: object): object {
  return { choices: [{ index: 0, delta: said, finish_reason: null }] };
}

function wholeOf(events: readonly GenerationEvent[]) {
  const last = events.at(-1);
  assert.ok(last?.kind === 'done');
  return last.generation;
}

/** Resolves when a timer of so many milliseconds that begins now has run out. */
function expired(ms: number): Promise<void> {
  return new Promise((resolve) => {
    AbortSignal.timeout(ms).addEventListener('abort', () => resolve());
  });
}
