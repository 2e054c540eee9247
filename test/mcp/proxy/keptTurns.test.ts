import assert from 'node:assert/strict';
import * as z from 'zod';
import { call } from '../workplace.ts';
import { asks, CHAT, errorsOf, Proxies, send, talk, until } from './proxies.ts';

const Frozen = z.object({ window: z.object({ messageCount: z.int() }) });

describe('The pass-through', function () {
  this.timeout(30_000);
  let proxies: Proxies;

  beforeEach(() => {
    proxies = new Proxies();
  });

  afterEach(() => proxies.close());

  for (const stream of [true, false])
    it(`keeps a long answer that comes at once, ${stream ? 'streamed' : 'as a whole'}`, async () => {
      const server = await proxies.scripted();
      const { url } = await proxies.proxyTo(server.url);
      const client = await proxies.place.connect(proxies.context);
      const ids = Array.from({ length: 200_000 }, (_, at) => at);
      server.steps = [{ delta: { content: 'x' }, ids, finish: 'stop' }];
      const body = JSON.stringify({ stream, messages: [asks('Ice?')] });
      assert.deepEqual(await send(url, CHAT, { body }), await send(server.url, CHAT, { body }));
      await until(async () => (await proxies.sessions(client)).length === 1);
      const [session] = await proxies.sessions(client);
      assert.deepEqual([session?.messageCount, session?.tokenCount], [2, 200_003]);
    });

  for (const [what, refused, options] of [
    ['does not know how to count', ['stream_options'], {}],
    ['is told not to count', [], { stream_options: { continuous_usage_stats: true } }],
  ] as const)
    it(`keeps the turns of a stream whose server ${what}, with no count, under one salt`, async () => {
      const server = await proxies.scripted();
      server.refused = refused;
      const { url, server: proxy } = await proxies.proxyTo(server.url);
      const log = errorsOf(proxy);
      const client = await proxies.place.connect(proxies.context);
      const first = { stream: true, messages: [asks('Ice?')], ...options };
      const passed = await send(url, CHAT, { body: JSON.stringify(first) });
      if (refused.length === 0)
        assert.deepEqual(passed, await send(server.url, CHAT, { body: JSON.stringify(first) }));
      await until(async () => (await proxies.sessions(client))[0]?.messageCount === 2);
      const said = { role: 'assistant', content: 'Frühling 🌱 "token_ids":[1]\n\ndata: {' };
      const next = { ...first, messages: [...first.messages, said, asks('And snow?')] };
      await send(url, CHAT, { body: JSON.stringify(next) });
      await until(async () => (await proxies.sessions(client))[0]?.messageCount === 4);
      const [session, ...others] = await proxies.sessions(client);
      assert.deepEqual([session?.tokenCount, others], [null, []]);
      const salts = server.received.flatMap(({ body }): unknown[] => JSON.parse(body).cache_salt ?? []);
      assert.equal(new Set(salts).size, 1);
      const isTold = /have no exact tokens, and do not say how many were cached/.test(log());
      assert.equal(isTold, refused.length > 0);
    });

  it('keeps a session from being frozen until the turn that it is in the middle of is kept', async () => {
    const server = await proxies.standin({ msPerToken: 20 });
    const { url } = await proxies.proxyTo(server.url);
    const client = await proxies.place.connect([...proxies.context, '--vllm', server.url]);
    const messages = [asks('Tell me of the deep snow.')];
    const said = await talk(url, messages, true);
    messages.push({ role: 'assistant', content: said.choices[0].message.content }, asks('And then?'));
    await until(async () => (await proxies.sessions(client)).length === 1);
    const sessionId = (await proxies.sessions(client))[0]?.id;
    const next = talk(url, messages, true);
    await until(async () => /"server_load":1/.test(await (await fetch(`${server.url}/load`)).text()));
    const refused = await call(client, 'window_freeze', { sessionId });
    assert.match(refused.content[0].text, /^PF-3003: An answer in the session .* is still on its way/);
    await next;
    const { structuredContent } = await call(client, 'window_freeze', { sessionId });
    assert.equal(Frozen.parse(structuredContent).window.messageCount, messages.length + 1);
  });

  it('does so for a client that goes on at once too, as after the call of a tool', async () => {
    const server = await proxies.standin({ msPerToken: 20 });
    const { url } = await proxies.proxyTo(server.url);
    const client = await proxies.place.connect([...proxies.context, '--vllm', server.url]);
    const said = await talk(url, [asks('Ice?')], true);
    const answer = { role: 'assistant', content: said.choices[0].message.content };
    const next = talk(url, [asks('Ice?'), answer, asks('And then?')], true);
    await until(async () => (await proxies.sessions(client)).length === 1);
    const [session] = await proxies.sessions(client);
    assert.equal(session?.messageCount, 2);
    const refused = await call(client, 'window_freeze', { sessionId: session.id });
    assert.match(refused.content[0].text, /still on its way/);
    await next;
  });
});
