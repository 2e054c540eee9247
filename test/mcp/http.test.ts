import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { startSilentServer } from './silentServer.ts';
import { call, remember, titles, Workplace, type RawServer } from './workplace.ts';

const TOKEN = 'a-token-of-this-test';
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

describe('The MCP server over HTTP', () => {
  let place: Workplace;
  let server: RawServer;
  let url: URL;
  let clients: Client[];

  beforeEach(async () => {
    clients = [];
    place = new Workplace();
    server = place.start(['--http', '0', '--token', TOKEN]);
    url = new URL(await listening(server));
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await place.close();
  });

  async function connect(token = TOKEN): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    clients.push(client);
    return client;
  }

  interface Raw {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
  }

  function send({ method = 'POST', path = '/mcp', headers = {}, body = initialize }: Raw = {}): Promise<{
    status: number;
    body: string;
  }> {
    const all = {
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(new URL(path, url), { method, headers: all }, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      });
      request.on('error', reject).end(method === 'POST' ? JSON.stringify(body) : undefined);
    });
  }

  it('serves several clients, each in a session of its own, on one memory', async () => {
    const [one, two] = await Promise.all([connect(), connect()]);
    await remember(one, 'over HTTP');
    assert.deepEqual(await titles(two), ['over HTTP']);
    await one.close();
    assert.deepEqual(await titles(two), ['over HTTP']);
    assert.deepEqual(await titles(await place.connect()), ['over HTTP']);
  });

  it('tells clients when another process has written', async () => {
    const client = await connect();
    await titles(client);
    const told = new Promise<void>((resolve) => {
      client.setNotificationHandler(ResourceListChangedNotificationSchema, () => resolve());
    });
    await remember(await place.connect(), 'news');
    await told;
  });

  it('lets nobody in without the token', async () => {
    for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN]) {
      const { status, body } = await send({ headers: { authorization } });
      assert.equal(status, 401, authorization);
      assert.match(body, /bearer token/);
    }
    await assert.rejects(connect('wrong'));
    assert.equal((await send()).status, 200);
  });

  it('takes the scheme of the token in any case, and the token only as it is', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer '])
      assert.equal((await send({ headers: { authorization: `${scheme} ${TOKEN}` } })).status, 200, scheme);
    assert.equal((await send({ headers: { authorization: `Bearer ${TOKEN.toUpperCase()}` } })).status, 401);
  });

  it('lets no page of a browser in, by whatever name it found this server', async () => {
    assert.equal((await send({ headers: { host: 'evil.example' } })).status, 403);
    assert.equal((await send({ headers: { host: `evil.example:${url.port}` } })).status, 403);
    for (const origin of [
      'https://evil.example',
      'null',
      `https://${url.host}`,
      `http://${url.host}.evil.example`,
    ]) {
      assert.equal((await send({ headers: { origin } })).status, 403, origin);
    }
    assert.equal(
      (await send({ headers: { origin: `http://localhost:${url.port}`, host: `localhost:${url.port}` } }))
        .status,
      200,
    );
  });

  it('refuses other paths, unknown sessions, requests outside a session, and what is no JSON-RPC', async () => {
    assert.equal((await send({ path: '/metrics' })).status, 404);
    assert.equal((await send({ headers: { 'mcp-session-id': 'gone' } })).status, 404);
    assert.equal((await send({ body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })).status, 400);
    assert.equal((await send({ method: 'GET' })).status, 400);
    assert.equal((await send({ method: 'PUT' })).status, 405);
    assert.equal((await send({ body: 'hello' })).status, 400);
  });

  it('takes content of 12 MB and refuses a request beyond the limit', async () => {
    const client = await connect();
    const content = 'ü\u0001'.repeat(4 * 1024 * 1024);
    const { isError } = await call(client, 'memory_create', { memories: [{ title: 'large', content }] });
    assert.equal(isError, false);
    const tooLong = String(400 * 1024 * 1024);
    assert.equal(
      (await send({ headers: { 'content-length': tooLong, expect: '100-continue' } })).status,
      413,
    );
  });

  it('ends with 0 after a signal, though clients stay connected', async () => {
    await remember(await connect(), 'kept');
    server.child.kill('SIGTERM');
    const { code, stdout } = await server.exit();
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
    assert.deepEqual(await titles(await place.connect()), ['kept']);
  });

  it('cancels and answers what still runs some time after a signal', async () => {
    const silent = await startSilentServer();
    server = place.start(['--http', '0', '--token', TOKEN, '--vllm', silent.url]);
    url = new URL(await listening(server));
    const running = call(await connect(), 'health_check');
    await silent.asked;
    server.child.kill('SIGTERM');
    assert.match((await running).content[0].text, /PF-6002/);
    assert.equal((await server.exit()).code, 0);
    silent.close();
  });

  it('says so when the port is taken', async () => {
    const { code, stderr } = await place.run(['--http', url.port, '--token', TOKEN]);
    assert.equal(code, 2);
    assert.match(stderr, /PF-1001: --http \d+ cannot be used: .*EADDRINUSE/);
  });
});

/** The address that a server says it listens on. */
function listening(server: RawServer): Promise<string> {
  let stderr = '';
  return new Promise((resolve, reject) => {
    server.child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const [address] = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(stderr) ?? [];
      if (address !== undefined) resolve(address);
    });
    server.child.once('exit', () => reject(new Error(`the server ended: ${stderr}`)));
  });
}
