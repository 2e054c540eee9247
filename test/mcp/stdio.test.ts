import assert from 'node:assert/strict';
import { startSilentServer, type SilentServer } from './silentServer.ts';
import { Workplace, type RawServer } from './workplace.ts';

const request = (id: number | string, method: string, params: Record<string, unknown> = {}): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

const toolCall = (id: number, name: string, args: Record<string, unknown> = {}): string =>
  request(id, 'tools/call', { name, arguments: args });

describe('The MCP server on standard input and output', () => {
  let place: Workplace;
  let server: RawServer;

  beforeEach(() => {
    place = new Workplace();
  });

  afterEach(() => place.close());

  describe('with bad input', () => {
    beforeEach(() => {
      server = place.start();
    });

    const refusals: [string, string | Buffer, { id: unknown; code: number }][] = [
      ['what is not JSON', 'hello\n', { id: null, code: -32700 }],
      ['half of a JSON text', '{"jsonrpc":"2.0","id":4,\n', { id: null, code: -32700 }],
      ['what is not UTF-8', Buffer.from('"\xff\xfe"\n', 'latin1'), { id: null, code: -32700 }],
      ['JSON that is no JSON-RPC', '{"id":7,"hello":1}\n', { id: 7, code: -32600 }],
      ['a number', '12\n', { id: null, code: -32600 }],
      ['an empty array', '[]\n', { id: null, code: -32600 }],
      ['an unknown method', request('x', 'memory/burn'), { id: 'x', code: -32601 }],
      ['a call without a tool', request(3, 'tools/call'), { id: 3, code: -32602 }],
    ];
    for (const [what, line, { id, code }] of refusals) {
      it(`refuses ${what}, and answers what comes next`, async () => {
        server.send(line);
        const { error, ...rest } = JSON.parse(JSON.stringify(await server.next()));
        assert.deepEqual({ ...rest, code: error.code }, { jsonrpc: '2.0', id, code });
        server.send(request(2, 'ping'));
        assert.deepEqual(await server.next(), { jsonrpc: '2.0', id: 2, result: {} });
      });
    }

    it('answers each request of an array, and passes over blank lines', async () => {
      server.send(`\n \r\n[${request(1, 'ping').trim()},${request(2, 'ping').trim()}]\n`);
      assert.deepEqual(await server.next(), { jsonrpc: '2.0', id: 1, result: {} });
      assert.deepEqual(await server.next(), { jsonrpc: '2.0', id: 2, result: {} });
    });
  });

  it('answers all it was asked when the input ends, also without a last line end, and exits with 0', async () => {
    server = place.start();
    server.send(toolCall(1, 'memory_create', { memories: [{ title: 'last words', content: 'x' }] }));
    server.send(toolCall(2, 'memory_list').trimEnd());
    server.child.stdin.end();
    const { code, stdout, stderr } = await server.exit();
    const answers = stdout.split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(
      answers.map(({ id, result }) => [id, result.isError ?? false]),
      [
        [1, false],
        [2, false],
      ],
    );
    assert.match(answers[1].result.content[0].text, /last words/);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('ends when nobody reads its answers any more', async () => {
    server = place.start();
    server.child.stdout.destroy();
    server.send(request(1, 'ping'));
    server.send(request(2, 'ping'));
    assert.equal((await server.exit()).code, 0);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`exits with 0 on ${signal}`, async () => {
      server = place.start();
      server.send(request(1, 'ping'));
      await server.next();
      server.child.kill(signal);
      assert.deepEqual((await server.exit()).code, 0);
    });
  }

  describe('with a call under way', () => {
    let silent: SilentServer;

    beforeEach(async () => {
      silent = await startSilentServer();
      server = place.start(['--vllm', silent.url]);
      server.send(toolCall(1, 'health_check'));
      await silent.asked;
    });

    afterEach(() => silent.close());

    /** Resolves when the server refuses requests: the signal has arrived. */
    async function refusing(id = 2): Promise<void> {
      server.send(request(id, 'ping'));
      const answer = JSON.stringify(await server.next());
      if (!/"error":.*stopping/.test(answer)) await refusing(id + 1);
    }

    it('cancels it after a signal, answers it so, refuses what comes meanwhile, and exits with 0', async () => {
      server.child.kill('SIGTERM');
      await refusing();
      assert.match(JSON.stringify(await server.next()), /PF-6002.*"id":1\}$/);
      assert.equal((await server.exit()).code, 0);
    });

    it('exits at once on a second signal', async () => {
      server.child.kill('SIGTERM');
      await refusing();
      server.child.kill('SIGTERM');
      assert.deepEqual((await server.exit()).code, 1);
    });

    it('ends without an answer to a call that its client cancelled', async () => {
      const params = { requestId: 1, reason: 'not needed' };
      server.send(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })}\n`);
      server.child.stdin.end();
      const { code, stdout } = await server.exit();
      assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
    });

    it('goes on answering other calls', async () => {
      server.send(toolCall(2, 'memory_list'));
      assert.match(JSON.stringify(await server.next()), /0 memories.*"id":2\}$/);
    });
  });
});
