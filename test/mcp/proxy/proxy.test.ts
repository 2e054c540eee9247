import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import * as z from 'zod';
import { call, type Workplace } from '../workplace.ts';
import { asks, bearer, CHAT, errorsOf, KEY, Proxies, send, stop, talk, until, type Sent } from './proxies.ts';
import { addressOf } from './scriptedServer.ts';
import { GENERATIONS, SEVERAL } from './vllmAnswers.ts';

const Frozen = z.object({
  window: z.object({ id: z.string(), promptTokens: z.int(), blockCount: z.int() }),
  notes: z.array(z.string()),
});
const Thawed = z.object({
  status: z.string(),
  cachedTokens: z.int(),
  sessionId: z.string(),
  reasons: z.array(z.string()),
});

describe('The pass-through', function () {
  this.timeout(30_000);
  let proxies: Proxies;
  let place: Workplace;

  beforeEach(() => {
    proxies = new Proxies();
    ({ place } = proxies);
  });

  afterEach(() => proxies.close());

  it('gives what the server gives, to the byte, and the server what the client sent', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const bodies = [
      '{"model":"tiny","messages":[{"role":"user","content":"\\u0069ce ❄"}],"temperature":1.0,"seed":1e2}',
      '{"stream":true, "messages":[{"role":"user","content":"Ice?"}] ,"model":"tiny"}',
      '{"stream":true,"stream_options":{"include_usage":true},"return_token_ids":true,"cache_salt":"own","messages":[{"role":"user","content":"Ice?"}],"logprobs":true}',
      '{"stream":true,"stream_options":null,"return_token_ids":null,"messages":[{"role":"user","content":"Ice?"}]}',
    ];
    for (const steps of Object.values(GENERATIONS)) {
      for (const body of bodies) {
        server.steps = steps;
        const [direct, passed] = [await send(server.url, CHAT, { body }), await send(url, CHAT, { body })];
        assert.deepEqual(passed, direct);
      }
    }
    server.steps = SEVERAL;
    const body = '{"n":2,"stream":true,"messages":[{"role":"user","content":"Ice?"}]}';
    assert.deepEqual(await send(url, CHAT, { body }), await send(server.url, CHAT, { body }));
  });

  it('passes on what is nested too deep to keep, and goes on', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const asking = JSON.stringify({ function: { name: 'f', arguments: deep } });
    const bodies = [
      `{"messages":[{"role":"user","content":"Ice?","x":${deep}}]}`,
      `{"messages":[{"role":"user","content":"Ice?"}],"chat_template_kwargs":{"x":${deep}}}`,
      `{"messages":[{"role":"assistant","content":"Ice.","tool_calls":[${asking}]}]}`,
    ];
    for (const body of bodies)
      assert.deepEqual(await send(url, CHAT, { body }), await send(server.url, CHAT, { body }));
    const client = await place.connect(proxies.context);
    // What only its text has is kept.
    await until(async () => (await proxies.sessions(client)).length === 1);
    assert.deepEqual(await send(url, CHAT, { body: '{}' }), await send(server.url, CHAT, { body: '{}' }));
  });

  it('adds the salt and what asks for ids, and changes nothing else of a request', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const body = '{"messages":[{"role":"user","content":"\\u0069ce"}],"temperature":1.0, "stream":true }';
    await send(url, CHAT, {
      body,
      headers: {
        'X-Trace': 'a',
        'api-key': bearer.authorization.slice('Bearer '.length),
        'accept-encoding': 'gzip',
      },
    });
    const [received] = server.received;
    const [, salt = ''] = /"cache_salt":"([\w-]{43})"/.exec(received?.body ?? '') ?? [];
    const added = `,"cache_salt":"${salt}","return_token_ids":true,"stream_options":{"include_usage":true}}`;
    assert.equal(received?.body, body.replace(/}$/, added));
    const { authorization, host, connection: _, 'content-length': __, ...headers } = received.headers;
    assert.deepEqual(
      { authorization, host },
      { authorization: `Bearer ${KEY}`, host: server.url.slice('http://'.length) },
    );
    assert.deepEqual(headers, { 'content-type': 'application/json', 'x-trace': 'a' });
  });

  it('passes other paths, methods, queries and bodies, known or not', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const others = [
      { path: '/pot?a=%20b&c', method: 'DELETE' },
      { path: '/v1/audio', method: 'POST', body: `"${'x'.repeat(3_000_000)}` },
      { path: '/tokenize', method: 'POST', body: '{"prompt":"é"}' },
      { path: '/metrics', method: 'GET' },
      { path: '/health', method: 'HEAD' },
      { path: `${CHAT}/render`, method: 'POST', body: '{"messages":[]}' },
    ];
    for (const { path, ...rest } of others) {
      const [direct, passed] = [await send(server.url, path, rest), await send(url, path, rest)];
      assert.deepEqual(passed, direct);
      const [first, second] = server.received.splice(0);
      assert.deepEqual([second?.method, second?.url, second?.body], [first?.method, first?.url, first?.body]);
    }
  });

  it('marks where a large body ends, whatever the method: a server would read a rest as the next request', async () => {
    let raw = '';
    const server = createServer((socket) => {
      socket.on('data', (bytes) => {
        raw += bytes.toString('latin1');
        if (raw.endsWith('\r\n0\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { url } = await proxies.proxyTo(addressOf(server));
      const body = 'POST /v1/smuggled HTTP/1.1\r\n\r\n' + 'x'.repeat(2 * 1024 * 1024);
      const unnamed = { connection: 'content-length', 'content-length': `${body.length}` };
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        for (const headers of [{ 'transfer-encoding': 'chunked' }, unnamed]) {
          raw = '';
          const sent: Sent = { method, headers, body };
          assert.equal((await send(url, '/v1/files/1', sent)).status, 204, method);
          const [head = '', ...chunks] = raw.split('\r\n\r\n');
          assert.match(head, /\r\nTransfer-Encoding: chunked/i);
          assert.doesNotMatch(head, /\r\ncontent-length:/i);
          assert.match(chunks.join('\r\n\r\n'), /^[0-9a-f]+\r\nPOST \/v1\/smuggled /);
        }
    } finally {
      server.close();
    }
  });

  it('sends the key of the server to no path outside its own, nor to another host', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(`${server.url}/tenant`);
    const outside = [
      'http://evil.example/v1/models',
      '//evil.example/v1/models',
      '*',
      '/../admin',
      '/v1/..',
      '/v1/%2e%2E/%2e./admin',
      '/v1/..%2f..%2Fadmin',
      '/v1/..\\..\\admin',
      '/%252e%252e/admin',
      '/..;a=b/admin',
      '/./admin#/v1',
    ];
    for (const path of outside) {
      const { status, body } = await send(url, path, { method: 'GET' });
      assert.deepEqual([path, status, JSON.parse(body.toString()).error.code], [path, 400, 'PF-1001']);
    }
    assert.equal(server.received.length, 0);
    for (const path of ['/v1/a..b/.well-known?next=/../a', '/v1/%2ewell/...;..'])
      await send(url, path, { method: 'GET' });
    assert.deepEqual(
      server.received.map((request) => request.url),
      ['/tenant/v1/a..b/.well-known?next=/../a', '/tenant/v1/%2ewell/...;..'],
    );
  });

  it('passes no TRACE on, whose answer would hold the key of the server', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const { status, headers, body } = await send(url, '/v1/models', { method: 'TRACE' });
    assert.deepEqual([status, JSON.parse(body.toString()).error.code], [405, 'PF-1001']);
    assert.match(String(headers['allow']), /^GET, .*POST/);
    assert.equal(server.received.length, 0);
  });

  it('passes refusals as they came', async () => {
    const server = await proxies.standin({ apiKey: KEY });
    const { url } = await proxies.proxyTo(server.url);
    const bodies = [
      '{"messages":[]}',
      '{"messages":[{"role":"user"}],"model":"unknown"}',
      '{"messages":',
      '{"messages":[{"role":"user","content":"Hi"}],"cache_salt":"a/b"}',
      '{"messages":[{"role":"user","content":"Hi"}],"stream_options":{"include_usage":true}}',
      '{"messages":[{"role":"user","content":"Hi"}],"temperature":-1}',
      '{"messages":"none"}',
      '[]',
    ];
    for (const body of bodies) {
      const direct = await send(server.url, CHAT, { body, headers: { authorization: `Bearer ${KEY}` } });
      assert.notEqual(direct.status, 200);
      assert.deepEqual(await send(url, CHAT, { body }), direct);
    }
    for (const status of [429, 500, 503]) {
      server.faults.set({ kind: 'status', status, retryAfter: '7' });
      const got = await send(url, CHAT, { body: bodies[5] ?? '' });
      assert.deepEqual([got.status, got.headers['retry-after']], [status, '7']);
    }
  });

  it('keeps a conversation as one session with its exact tokens, which freezes and thaws with cache hits', async () => {
    const server = await proxies.standin();
    const { url } = await proxies.proxyTo(server.url);
    const client = await place.connect([...proxies.context, '--vllm', server.url]);
    const messages = [
      asks('Tell me of the deep snow of winter, and of the blue ice under it, again and again.'),
    ];
    const cached: number[] = [];
    let tokens = 0;
    for (const stream of [false, true, false]) {
      const said = await talk(url, messages, stream);
      tokens = said.usage.prompt_tokens + said.usage.completion_tokens;
      cached.push(said.usage.prompt_tokens_details.cached_tokens);
      messages.push({ role: 'assistant', content: said.choices[0].message.content }, asks('And what then?'));
    }
    messages.pop();
    assert.equal(cached[0], 0);
    assert.ok((cached[2] ?? 0) > (cached[1] ?? 0) && (cached[1] ?? 0) > 0, String(cached));
    // It is kept when the client has its answer, so this process may look a moment too early.
    await until(async () => (await proxies.sessions(client))[0]?.messageCount === messages.length);
    const [session, ...others] = await proxies.sessions(client);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [session?.state, session?.messageCount, session?.tokenCount],
      ['active', messages.length, tokens],
    );
    const frozen = await call(client, 'window_freeze', { sessionId: session?.id, name: 'ice' });
    const { promptTokens, blockCount } = Frozen.parse(frozen.structuredContent).window;
    assert.equal(promptTokens, tokens);
    const thawed = Thawed.parse((await call(client, 'window_thaw', { name: 'ice' })).structuredContent);
    assert.deepEqual(
      [thawed.status, thawed.cachedTokens],
      ['verified', 16 * Math.min(blockCount, Math.floor((tokens - 1) / 16))],
    );
    // Where the window was thawed to, the conversation goes on.
    const next = await talk(url, [...messages, asks('Go on.')], false);
    assert.ok(next.usage.prompt_tokens_details.cached_tokens > 0);
    const goneOn = async () => (await proxies.sessions(client)).find(({ id }) => id === thawed.sessionId);
    await until(async () => (await goneOn())?.messageCount === messages.length + 2);
    assert.equal((await goneOn())?.state, 'active');
  });

  it('keeps what shapes the prompt besides, so that a window is made of the same tokens again', async () => {
    const server = await proxies.standin();
    const { url } = await proxies.proxyTo(server.url);
    const client = await place.connect([...proxies.context, '--vllm', server.url]);
    const body = JSON.stringify({
      messages: [asks('What of the ice?')],
      max_tokens: 24,
      chat_template: 'It is winter, and all that is said here is about the ice.',
      documents: [{ title: 'Ice', text: 'Ice is cold and blue.' }],
      reasoning_effort: 'high',
      add_special_tokens: true,
    });
    assert.equal((await send(url, CHAT, { body })).status, 200);
    await until(async () => (await proxies.sessions(client)).length === 1);
    const [session] = await proxies.sessions(client);
    const frozen = await call(client, 'window_freeze', { sessionId: session?.id, name: 'ice' });
    assert.deepEqual(Frozen.parse(frozen.structuredContent).notes, []);
    const goOn = { name: 'ice', continueWith: 'And of the snow?' };
    const thawed = Thawed.parse((await call(client, 'window_thaw', goOn)).structuredContent);
    assert.deepEqual([thawed.status, thawed.reasons], ['verified', []]);
  });

  it('freezes what the auto-freeze policy says, as soon as it is said, and tells so in its log', async () => {
    const server = await proxies.standin({ maxModelLen: 100 });
    const client = await place.connect(proxies.context);
    await call(client, 'auto_freeze_config', { enabled: true, fillPercent: 10 });
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    await talk(url, [asks('Fill it up with snow.')], false);
    await until(() => Promise.resolve(/auto-freeze, session [\w-]+: Frozen as /.test(log())));
    const { structuredContent } = await call(client, 'window_list');
    assert.equal(structuredContent['total'], 1);
  });

  it('loses no turn when two of them keep the same conversation at once, after a restart neither', async () => {
    const server = await proxies.standin();
    const two = await Promise.all([proxies.proxyTo(server.url), proxies.proxyTo(server.url)]);
    const first = [asks('Count the snow.')];
    const { choices } = await talk(two[0].url, first, false);
    const history = [...first, { role: 'assistant', content: choices[0].message.content }];
    const turns = [0, 1, 2, 3, 4, 5].map((n) => [...history, asks(`Question ${n}?`)]);
    await Promise.all(turns.map((turn, n) => talk(two[n % 2 === 0 ? 0 : 1].url, turn, n % 3 === 0)));
    for (const proxy of two) await stop(proxy.server);
    const client = await place.connect([...proxies.context, '--vllm', server.url]);
    const kept = await proxies.sessions(client);
    assert.deepEqual(
      kept.map(({ messageCount }) => messageCount),
      turns.map(() => 4),
    );
    const again = await proxies.proxyTo(server.url);
    const said = await talk(again.url, turns[5] ?? [], false);
    assert.ok(said.usage.prompt_tokens_details.cached_tokens > 0);
  });

  it('keeps what was asked when the client leaves in the middle, and tells the server to stop', async () => {
    const server = await proxies.standin({ msPerToken: 20 });
    const { url } = await proxies.proxyTo(server.url);
    const client = await place.connect(proxies.context);
    (await begin(url)).abort();
    await until(async () => /"server_load":0/.test(await (await fetch(`${server.url}/load`)).text()));
    await until(async () => (await proxies.sessions(client)).length === 1);
    const [session] = await proxies.sessions(client);
    assert.deepEqual([session?.messageCount, session?.tokenCount], [1, null]);
  });

  it('keeps what was asked when the client leaves that waits for a whole answer', async () => {
    const server = await proxies.standin({ msPerToken: 200 });
    const { url } = await proxies.proxyTo(server.url);
    const client = await place.connect(proxies.context);
    const body = JSON.stringify({ model: 'standin-llama', max_tokens: 100, messages: [asks('Ice?')] });
    const leaving = new AbortController();
    const asking = fetch(url + CHAT, { method: 'POST', body, headers: bearer, signal: leaving.signal });
    await until(async () => /"server_load":1/.test(await (await fetch(`${server.url}/load`)).text()));
    leaving.abort();
    await assert.rejects(asking, { name: 'AbortError' });
    await until(async () => (await proxies.sessions(client)).length === 1);
    const [session] = await proxies.sessions(client);
    assert.deepEqual([session?.messageCount, session?.tokenCount], [1, null]);
  });

  it('keeps what was asked when it is stopped in the middle of an answer', async () => {
    const server = await proxies.standin({ msPerToken: 200 });
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const client = await place.connect(proxies.context);
    await begin(url);
    await stop(proxy);
    const [session] = await proxies.sessions(client);
    assert.deepEqual([session?.messageCount, session?.tokenCount], [1, null]);
  });

  it('keeps the question alone where there is no one whole answer', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const client = await place.connect(proxies.context);
    server.steps = SEVERAL;
    await send(url, CHAT, { body: '{"n":2,"stream":true,"messages":[{"role":"user","content":"Ice?"}]}' });
    assert.doesNotMatch(server.received[0]?.body ?? '', /return_token_ids|stream_options/);
    await until(async () => (await proxies.sessions(client)).length === 1);
    const [session] = await proxies.sessions(client);
    assert.deepEqual([session?.messageCount, session?.tokenCount], [1, null]);
  });

  it('asks a server again without what it does not know, remembers that, says so, and keeps no salt', async () => {
    const server = await proxies.scripted();
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    const client = await place.connect([...proxies.context, '--vllm', server.url]);
    const body = '{"messages":[{"role":"user","content":"Ice?"}]}';
    const direct = await send(server.url, CHAT, { body });
    server.refused = ['cache_salt', 'return_token_ids'];
    assert.deepEqual(await send(url, CHAT, { body }), direct);
    assert.deepEqual(await send(url, CHAT, { body }), direct);
    const sent = server.received.map((one) => Object.keys(JSON.parse(one.body)).slice(1).join());
    assert.deepEqual(sent, ['', 'cache_salt,return_token_ids', 'return_token_ids', '', '']);
    assert.equal(
      log().match(/the server does not know (?:cache_salt|return_token_ids) in \/v1\/chat\/completions: /g)
        ?.length,
      2,
    );
    const salted = await send(url, CHAT, { body: body.replace('}]', '}],"cache_salt":"mine"') });
    assert.equal(salted.status, 400);
    // A conversation without a salt is known again, and gets one from a server that takes it.
    await until(async () => (await proxies.sessions(client)).length === 2);
    await stop(proxy);
    server.refused = [];
    const again = await proxies.proxyTo(server.url);
    await send(again.url, CHAT, { body });
    assert.match(server.received.at(-1)?.body ?? '', /"cache_salt":"[\w-]{43}"/);
  });

  for (const [args, refusal] of [
    [['--port', '0', '--token', 'T'], /PF-1001: proxy needs --vllm URL/],
    [['--vllm', 'http://h:1', '--token', 'T'], /PF-1001: proxy needs --port PORT/],
    [['--vllm', 'http://h:1', '--port', '0'], /PF-1001: proxy needs a token/],
    [['--vllm', 'http://h:1', '--port', '70000', '--token', 'T'], /PF-1001: --port needs a port/],
    [['--http', '0'], /PF-1001: Unknown option '--http'/],
  ] as const) {
    it(`is refused with exit code 2: ${args.join(' ')}`, async () => {
      const { code, stderr } = await place.run(['proxy', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, refusal);
    });
  }

  it('says in its log which keys fit no server', async () => {
    const args = ['proxy', ...'--port 0 --token T --vllm http://127.0.0.1:8000'.split(' ')];
    const env = { PERMAFROST_VLLM_API_KEYS: '{"http://localhost:8000": "secret"}' };
    const log = errorsOf(place.start([...args, ...proxies.context], env));
    await until(() => Promise.resolve(/has a key for http:\/\/localhost:8000 that is not used/.test(log())));
  });

  it('prints its own help', async () => {
    assert.match((await place.run(['proxy', '--help'])).stdout, /mcp-server\.js proxy --port PORT/);
  });
});

/** Asks for a long stream, and has read the first of it; gives what breaks it off. */
async function begin(url: string): Promise<AbortController> {
  const leaving = new AbortController();
  const body = JSON.stringify({ messages: [asks('Talk for long.')], stream: true, max_tokens: 5_000 });
  const answer = await fetch(url + CHAT, { method: 'POST', body, headers: bearer, signal: leaving.signal });
  await (answer.body ?? assert.fail()).getReader().read();
  return leaving;
}
