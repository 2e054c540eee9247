import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EndpointUpstream } from '../../../src/mcp/proxy/upstream.ts';
import { startHasty } from './hastyServer.ts';
import { addressOf } from './scriptedServer.ts';

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

describe('The server that requests are passed on to', () => {
  let closing: (() => void)[];
  let lines: string[];
  const signal = new AbortController().signal;

  beforeEach(() => {
    closing = [];
    lines = [];
  });

  afterEach(() => closing.forEach((close) => close()));

  async function upstreamOf(answer: Answering, base = ''): Promise<EndpointUpstream> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return new EndpointUpstream({
      endpoint: addressOf(server) + base,
      apiKey: undefined,
      log: (line) => lines.push(line),
    });
  }

  /** Sends with a body of one word; gives what came back. */
  async function send(upstream: EndpointUpstream, method: string, path: string): Promise<string> {
    const body = method === 'GET' ? undefined : Buffer.from('word');
    const answer = await upstream.send({ method, path, headers: [], body }, signal);
    return `${answer.statusCode} ${await text(answer)}`;
  }

  it('is told of in the log when it refuses its key, without the query', async () => {
    const upstream = await upstreamOf((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : 401).end('as it came');
    });
    assert.equal(await send(upstream, 'GET', '/health'), '200 as it came');
    assert.equal(await send(upstream, 'POST', '/v1/models?secret=1'), '401 as it came');
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^POST \/v1\/models: PF-8001: .* \(401\), and no key is set for it\./);
  });

  it('sends a client on by way of the proxy, and not around it', async () => {
    let location = '';
    const upstream = await upstreamOf((_, response) => {
      response.writeHead(307, { Location: location }).end();
    }, '/base');
    const { host } = new URL(upstream.endpoint);
    const sentOn = async (to: string) => {
      location = to;
      const head = { method: 'GET', path: '/v1/here', headers: [] };
      const answer = await upstream.send({ ...head, body: undefined }, signal);
      return answer.rawHeaders[answer.rawHeaders.indexOf('Location') + 1];
    };
    for (const there of [
      `http://${host}/base/v1/there?a=1`,
      `//${host}/base/v1/there?a=1`,
      '/base/v1/there?a=1',
      'there?a=1',
      '../v1/there?a=1',
    ])
      assert.equal(await sentOn(there), '/v1/there?a=1', there);
    for (const elsewhere of ['http://elsewhere.example/v1', '//elsewhere.example/v1'])
      assert.equal(await sentOn(elsewhere), 'http://elsewhere.example/v1', elsewhere);
    assert.equal(await sentOn('/login'), `http://${host}/login`);
    assert.equal(await sentOn('http://['), 'http://[');
  });

  /** Breaks off every connection at its second request, which it has read. */
  function breaking(seen: string[]): Answering {
    const known = new WeakSet<object>();
    return (request, response) => {
      void text(request).then(() => {
        seen.push(`${request.method} ${request.url}`);
        if (known.has(request.socket)) return request.socket.destroy();
        known.add(request.socket);
        return response.end('done');
      });
    };
  }

  it('is asked once more when a kept connection closes, if that changes nothing', async () => {
    const seen: string[] = [];
    const upstream = await upstreamOf(breaking(seen));
    assert.equal(await send(upstream, 'GET', '/a'), '200 done');
    assert.equal(await send(upstream, 'GET', '/b'), '200 done');
    assert.deepEqual(seen, ['GET /a', 'GET /b', 'GET /b']);
  });

  it('is never told to do something twice: it may have done it before the connection closed', async () => {
    const seen: string[] = [];
    const upstream = await upstreamOf(breaking(seen));
    assert.equal(await send(upstream, 'POST', '/a'), '200 done');
    await assert.rejects(send(upstream, 'POST', '/b'), { code: 'PF-5002' });
    assert.deepEqual(seen, ['POST /a', 'POST /b']);
  });

  it('is heard though it closes the connection in the middle of a request', async () => {
    const hasty = await startHasty();
    closing.push(() => void hasty.close());
    const body = Readable.from(
      (async function* () {
        yield 'all that it wants';
        await hasty.seen();
        hasty.answerAndClose(); // Before anything is read here.
        yield 'what it does not want';
        yield 'nor this';
      })(),
      { objectMode: false },
    );
    const upstream = new EndpointUpstream({ endpoint: hasty.url, apiKey: undefined, log: () => {} });
    const answer = await upstream.send({ method: 'POST', path: '/', headers: [], body }, signal);
    assert.equal(`${answer.statusCode} ${await text(answer)}`, '413 too much');
  });
});
