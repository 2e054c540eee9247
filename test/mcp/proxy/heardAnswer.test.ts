import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { HeardAnswer } from '../../../src/mcp/proxy/heardAnswer.ts';
import { ProxyServer } from '../../../src/mcp/proxy/proxyServer.ts';
import { Recorder } from '../../../src/mcp/proxy/recorder.ts';
import { EndpointUpstream } from '../../../src/mcp/proxy/upstream.ts';
import { CHAT } from './proxies.ts';
import { addressOf } from './scriptedServer.ts';
import { GENERATIONS, wholeOf } from './vllmAnswers.ts';

const ASKED = [{ role: 'user', content: 'Ice?' }];

describe('What is heard of an answer', () => {
  it('is kept up to the question when it cannot be put together, which the log tells once', () => {
    const lines: string[] = [];
    const heard = new HeardAnswer((line) => lines.push(line));
    const broken = {
      get choices(): never {
        throw new RangeError('too much');
      },
    };
    heard.add(broken);
    heard.add(broken);
    heard.add({ choices: [{ delta: { content: 'Yes.' }, finish_reason: 'stop' }] });
    assert.deepEqual(heard.turn(ASKED), { messages: ASKED });
    assert.deepEqual(lines, ['only the question of a turn was recorded: RangeError: too much']);
  });

  it('is kept when the client has all of it: what fails about that is nothing to a client that reads slowly', async () => {
    const log: string[] = [];
    const answer = wholeOf(GENERATIONS['text'] ?? [], { ids: true }) + ' '.repeat(20_000_000);
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const parts = { endpoint: addressOf(server), apiKey: undefined, log: (line: string) => log.push(line) };
    const sessions = { find: () => undefined, record: () => [], beginAnswer: () => () => undefined };
    const recorder = Object.assign(new Recorder({ ...parts, sessions }), {
      record: () => {
        throw new Error('the recorder is broken');
      },
    });
    const upstream = new EndpointUpstream(parts);
    const proxy = new ProxyServer({ ...parts, port: 0, token: 'T', upstream, recorder, now: Date.now });
    try {
      const headers = { authorization: 'Bearer T' };
      const body = JSON.stringify({ messages: ASKED });
      const got = await fetch((await proxy.open()) + CHAT, { method: 'POST', headers, body });
      await delay(200);
      assert.equal((await got.text()).length, answer.replace(/\[5[^\]]*\]|\[1,2,3,4\]/g, 'null').length);
      await delay(50);
      assert.match(log.join(), /the recorder is broken/);
    } finally {
      await proxy.drain();
      await proxy.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
