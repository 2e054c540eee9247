import assert from 'node:assert/strict';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import type { UnnamedTurn } from '../../../src/core/windows/sessions.ts';
import { ProxyServer } from '../../../src/mcp/proxy/proxyServer.ts';
import { Recorder } from '../../../src/mcp/proxy/recorder.ts';
import { EndpointUpstream } from '../../../src/mcp/proxy/upstream.ts';
import { messages, type Subject } from './subject.ts';

const TOKEN = 'the-token-of-the-proxy';
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };

const ROUNDS = 6;

const REQUESTS: Readonly<Record<string, object>> = {
  whole: {},
  'whole, with log-probabilities': { logprobs: true, top_logprobs: 2 },
  'whole, several': { n: 2 },
  'whole, with ids of its own': { return_token_ids: true },
  streamed: { stream: true },
  'streamed, with usage': { stream: true, stream_options: { include_usage: true } },
  'streamed, with usage all the time': {
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  },
  'streamed, with ids of its own': { stream: true, return_token_ids: true },
  'streamed, with log-probabilities': { stream: true, logprobs: true, top_logprobs: 1 },
  'streamed, with tools': { stream: true, tools: [tool], tool_choice: 'none' },
  'refused for its length': { max_tokens: 100_000 },
  'refused for its form': { messages: 'none' },
  'refused while streaming': { stream: true, temperature: -1 },
};

/** What a client gets from the server is what it gets through the proxy, whatever the proxy asks for besides. */
export function passThroughCases(subject: () => Subject): void {
  describe('answers through the proxy as it answers by itself', () => {
    let proxy: ProxyServer;
    let recorder: Recorder;
    const kept: UnnamedTurn[] = [];
    const answered: object[] = [];
    let url: string;

    before(async () => {
      const { url: endpoint, apiKey } = subject().server;
      const sessions = {
        find: () => undefined,
        beginAnswer: () => () => undefined,
        record: (...turns: readonly UnnamedTurn[]) => turns.map((turn) => String(kept.push(turn))),
      };
      const log = () => undefined;
      recorder = new Recorder({ sessions, endpoint, log });
      const upstream = new EndpointUpstream({ endpoint, apiKey, log });
      proxy = new ProxyServer({ port: 0, token: TOKEN, upstream, recorder, now: Date.now, log });
      url = await proxy.open();
    });

    after(async () => {
      await proxy.drain();
      await proxy.close();
    });

    for (const [name, more] of Object.entries(REQUESTS)) {
      it(name, async () => {
        const { model, server } = subject();
        const own = { role: 'user', content: `${name} ${newSalt()}` };
        const request = {
          model,
          messages: [...messages, own],
          max_tokens: 6,
          temperature: 0,
          seed: 1,
          ...more,
        };
        for (let round = 1; ; round++) {
          const direct = await ask(server.url, server.apiKey, request);
          const passed = await ask(url, TOKEN, request);
          if (passed.status === 200) answered.push(more);
          // A server that is in a hurry puts two tokens into one event: then both are asked again.
          if (cutsOf(passed) !== cutsOf(direct) && round < ROUNDS) continue;
          return assert.deepEqual(passed, direct);
        }
      });
    }

    it('while its turns are kept with all their tokens', () => {
      recorder.flush();
      assert.equal(kept.length, answered.length);
      const isWhole = ({ turn }: UnnamedTurn) => turn.tokenIds !== undefined && turn.messages.length === 4;
      assert.equal(kept.filter(isWhole).length, answered.filter((more) => !('n' in more)).length);
    });
  });
}

/** What text each event of an answer has. */
function cutsOf({ body }: { body: string }): string {
  const events = body.split('\n\n').map((event) => event.match(/"content":"(?:[^"\\]|\\.)*"/g));
  return JSON.stringify(events);
}

/** The answer, without what differs between any two answers. */
async function ask(url: string, key: string, request: object): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(request),
  });
  const body = (await response.text())
    .replaceAll(/"id":"chatcmpl-[^"]+"/g, '"id":""')
    .replaceAll(/"created":\d+/g, '"created":0')
    .replaceAll(/"(cached_tokens|created_cache_tokens)":\d+/g, '"$1":0') // another salt has other blocks
    .replaceAll(/-?\d+\.\d+(?:e-\d+)?/g, '0.0'); // of probabilities, by the size of the batch
  return { status: response.status, body };
}
