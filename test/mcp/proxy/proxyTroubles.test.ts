import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { asks, CHAT, errorsOf, Proxies, send, until } from './proxies.ts';
import { addressOf } from './scriptedServer.ts';

describe('What the pass-through says itself, and what it does when something fails', function () {
  this.timeout(30_000);
  let proxies: Proxies;

  beforeEach(() => {
    proxies = new Proxies();
  });

  afterEach(() => proxies.close());

  it('says in the form of OpenAI what it has to say itself', async () => {
    const server = await proxies.standin();
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    const said = async (headers: Record<string, string>) => {
      const { status, body } = await send(url, '/v1/models', { method: 'GET', headers });
      const { error } = JSON.parse(body.toString());
      assert.equal(/Authorization: Bearer/.test(error.message), status === 401);
      return [status, error.code, error.type, error.param];
    };
    const denied = ['PF-8010', 'invalid_request_error', null];
    assert.deepEqual(await said({ authorization: 'Bearer other' }), [401, ...denied]);
    assert.deepEqual(await said({ origin: 'http://evil.example' }), [403, ...denied]);
    assert.deepEqual(await said({ host: 'evil.example' }), [403, ...denied]);
    assert.deepEqual(await said({ host: 'other.example' }), [403, ...denied]);
    await server.close();
    assert.deepEqual(await said({}), [502, 'PF-5002', 'api_error', null]);
    const { body } = await send(url, '/v1/models', { method: 'GET' });
    assert.match(body.toString(), /--vllm, names it/);
    await until(() =>
      Promise.resolve(
        /refused \(told at most once a minute\): The host "evil\.example"[^]*failed: PF-5002/.test(log()),
      ),
    );
    assert.equal(log().split('PF-5002').length, 2); // Once for one failure after the other.
    assert.doesNotMatch(log(), /other\.example/);
  });

  it('tells a refused key of the server from a refused token of its own, in the answer and in the log', async () => {
    const server = await proxies.standin({ apiKey: 'another' });
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    const get = { method: 'GET' };
    const upstream = await send(url, '/v1/models', get);
    assert.deepEqual(upstream, await send(server.url, '/v1/models', get));
    await until(() => Promise.resolve(/GET \/v1\/models: PF-8001: .* refused the key \(401\)/.test(log())));
    assert.doesNotMatch(log(), /token of the proxy/);
    const own = await send(url, '/v1/models', { ...get, headers: { authorization: 'Bearer other' } });
    assert.equal(own.status, 401);
    assert.match(own.body.toString(), /PF-8010: The proxy did not pass this on\./);
    await until(() => Promise.resolve(/refused .*: It came without the token of the proxy/.test(log())));
    assert.equal(log().match(/PF-8001/g)?.length, 1);
  });

  it('breaks off when the server does, in the middle of a stream too', async () => {
    const server = await proxies.standin();
    const { url } = await proxies.proxyTo(server.url);
    server.faults.set({ kind: 'reset' });
    assert.equal((await send(url, '/v1/models', { method: 'GET' })).status, 502);
    server.faults.set({ kind: 'streamReset', after: 3 });
    const body = JSON.stringify({ messages: [asks('Ice?')], stream: true });
    await assert.rejects(send(url, CHAT, { body }), { message: 'aborted' });
  });

  it('says that an answer broke off that was to come as a whole, and keeps the question', async () => {
    const server = createServer((_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
        .write('{"id":');
      setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { url, server: proxy } = await proxies.proxyTo(addressOf(server));
      const log = errorsOf(proxy);
      const client = await proxies.place.connect(proxies.context);
      const { status, body } = await send(url, CHAT, { body: JSON.stringify({ messages: [asks('Ice?')] }) });
      assert.equal(status, 502);
      assert.match(body.toString(), /PF-5007/);
      await until(async () => (await proxies.sessions(client))[0]?.messageCount === 1);
      assert.match(log(), /a request failed: PF-5007/);
    } finally {
      server.close();
    }
  });

  it('says that a refusal broke off', async () => {
    const server = createServer((_, response) => {
      response.writeHead(400, { 'content-length': '100' }).write('{"error":');
      setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { url } = await proxies.proxyTo(addressOf(server));
      const { status, body } = await send(url, CHAT, { body: JSON.stringify({ messages: [asks('Ice?')] }) });
      assert.equal(status, 502);
      assert.match(body.toString(), /PF-5007/);
    } finally {
      server.close();
    }
  });

  it('keeps a conversation with what a tool read from a binary file, and one that streams by a word', async () => {
    const server = await proxies.scripted();
    const { url } = await proxies.proxyTo(server.url);
    const client = await proxies.place.connect(proxies.context);
    await send(url, CHAT, { body: JSON.stringify({ messages: [asks('ELF\0 \u0001')], stream: 'true' }) });
    await until(async () => (await proxies.sessions(client))[0]?.messageCount === 2);
    assert.equal((await proxies.sessions(client))[0]?.['title'], 'ELF');
  });

  it('says in its log that a turn is not recorded whose question or answer is larger than it reads', async () => {
    const server = await proxies.scripted();
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    const body = '{"messages":[{"role":"user","content":"Ice?"}]}';
    const over64MB = ' '.repeat(64 * 1024 * 1024);
    assert.equal((await send(url, CHAT, { body: body + over64MB })).status, 200);
    await until(() =>
      Promise.resolve(/a turn was not recorded: the request has more than 64 MB/.test(log())),
    );
    server.steps = [{ delta: { content: over64MB }, ids: [1], finish: 'stop' }];
    assert.equal((await send(url, CHAT, { body })).status, 200);
    await until(() => Promise.resolve(/a turn was not recorded: its answer has more than 64 MB/.test(log())));
    assert.equal((await send(url, CHAT, { body: body.replace('{', '{"stream":true,') })).status, 200);
    await until(() => Promise.resolve(/only the question .* an event .* more than 16 MB/.test(log())));
  });

  it('passes a chat on that cannot be kept', async () => {
    const server = await proxies.scripted();
    const { url, server: proxy } = await proxies.proxyTo(server.url);
    const log = errorsOf(proxy);
    const body = '{"messages":[{"role":"user","content":"half \\ud83d"}]}';
    const passed = await send(url, CHAT, { body });
    assert.deepEqual(passed, await send(server.url, CHAT, { body }));
    await until(() => Promise.resolve(/a turn was not recorded: PF-1001: .*lone surrogate/.test(log())));
  });
});
