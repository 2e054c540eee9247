import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  asPermafrostError,
  requestRefused,
  serverFailed,
  type PermafrostError,
} from '../../../src/core/errors.ts';
import { VllmClient, type VllmClientOptions } from '../../../src/core/vllm/client.ts';
import { Connections } from '../../../src/core/vllm/endpoints/connections.ts';
import type { GenerationEvent } from '../../../src/core/vllm/generation.ts';
import { DEFAULT_LIMITS } from '../../../src/core/vllm/limits.ts';
import type { Fault } from '../../vllm/standin/faults.ts';
import { startStandin, type Standin } from '../../vllm/standin/server.ts';
import { complete } from '../../vllm/whole.ts';

const model = 'standin-llama';
const prompt = [10, 11, 12];
const COMPLETIONS = '/v1/completions';

describe('the vLLM client', () => {
  let standin: Standin;
  beforeEach(async () => {
    standin = await startStandin();
  });
  afterEach(() => standin.close());

  const clientOf = (options: Partial<VllmClientOptions> = {}) =>
    new VllmClient({ endpoint: standin.url, ...options });

  const generate = (client = clientOf(), signal?: AbortSignal) =>
    complete(client, { model, prompt, maxTokens: 8 }, signal);

  const requestsTo = (path: string) => standin.received.filter((request) => request.path === path).length;

  const afterFault = async (fault: Fault, work: () => Promise<unknown>) => {
    standin.faults.set(fault);
    return failureOf(work());
  };

  describe('tries again', () => {
    for (const fault of [
      { kind: 'reset' },
      { kind: 'status', status: 429 },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 504 },
      { kind: 'html', status: 502 },
    ] as const) {
      it(`after ${JSON.stringify(fault)}, until it passes`, async () => {
        standin.faults.set(fault, { times: 2 });
        assert.equal(await clientOf().version(), '0.32.0');
        assert.equal(requestsTo('/version'), 3);
      });
    }

    it('to generate, as long as no token has come', async () => {
      standin.faults.set({ kind: 'reset' }, { times: 1 });
      assert.equal((await generate()).usage.promptTokens, 3);
      assert.equal(requestsTo(COMPLETIONS), 2);
    });

    it('three times at most', async () => {
      const error = await afterFault({ kind: 'status', status: 503 }, () => clientOf().version());
      assert.equal(error.code, 'PF-5004');
      assert.match(error.message, /503: The stand-in was told to fail/);
      assert.equal(requestsTo('/version'), 4);
    });

    it('not before the time that the server asks for', async () => {
      standin.faults.set({ kind: 'status', status: 429, retryAfter: '1' }, { times: 1 });
      const startedAt = performance.now();
      await clientOf().version();
      assert.ok(performance.now() - startedAt >= 990);
    });

    it('not at all when the server asks for more time than there is', async () => {
      const error = await afterFault({ kind: 'status', status: 429, retryAfter: '3600' }, () =>
        clientOf().version(),
      );
      assert.equal(error.code, 'PF-8002');
      assert.equal(error.toAnswer().retryAfterMs, 3_600_000);
      assert.match(error.sentence, /is at its limit\. Try again in 3600 s\.$/);
      assert.equal(requestsTo('/version'), 1);
    });

    it('when a connection is refused, and then says that nothing listens there', async () => {
      await standin.close();
      const error = await failureOf(clientOf().version());
      assert.equal(error.code, 'PF-5002');
      assert.match(error.message, /nothing listens there \(ECONNREFUSED\)/);
      assert.equal(error.toAnswer().retryable, true);
    });

    for (const status of [400, 401, 403, 404, 422, 500, 501]) {
      it(`never after ${status}`, async () => {
        await afterFault({ kind: 'status', status }, () => clientOf().version());
        assert.equal(requestsTo('/version'), 1);
      });
    }

    for (const kind of ['streamReset', 'streamHang', 'streamError', 'streamGarbage'] as const) {
      it(`never once a stream has begun (${kind})`, async () => {
        await afterFault({ kind, after: 2 }, () => generate(clientOf({ timeoutMs: { idle: 50 } })));
        assert.equal(requestsTo(COMPLETIONS), 1);
      });
    }
  });

  describe('says what is wrong:', () => {
    const cases: readonly (readonly [Fault, string, RegExp])[] = [
      [{ kind: 'html' }, 'PF-5003', /web page/],
      [{ kind: 'html', status: 404 }, 'PF-5003', /it has no \/version/],
      [{ kind: 'html', status: 401 }, 'PF-8001', /refused the request \(401\), and no key is set for it/],
      [{ kind: 'status', status: 403 }, 'PF-8001', /refused the request \(403\), and no key is set for it/],
      [{ kind: 'status', status: 500 }, 'PF-5004', /failed with 500: The stand-in was told to fail/],
      [{ kind: 'html', status: 500 }, 'PF-5004', /HTML page/],
      [{ kind: 'status', status: 418 }, 'PF-5005', /refused the request \(418\)/],
      [{ kind: 'wrongJson' }, 'PF-5003', /another form at "version"/],
      [{ kind: 'notJson' }, 'PF-5003', /is not JSON/],
    ];
    for (const [fault, code, message] of cases) {
      it(`${code} for ${JSON.stringify(fault)}`, async () => {
        const error = await afterFault(fault, () => clientOf().version());
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.toAnswer().hint, 'a next step');
      });
    }

    it('PF-8001 for a key that is refused, as for one that is not there, and where each is set', async () => {
      standin.faults.set({ kind: 'status', status: 401 });
      const withKey = await failureOf(clientOf({ apiKey: () => Promise.resolve('wrong') }).version());
      const without = await failureOf(clientOf({ apiKey: () => Promise.resolve('') }).version());
      assert.match(withKey.message, /refused the key \(401\)\.$/);
      assert.match(without.message, /no key is set for it\.$/);
      for (const { code, facts } of [withKey, without]) {
        assert.equal(code, 'PF-8001');
        assert.match(
          facts.hint ?? '',
          /Set vLLM API Key.* PERMAFROST_VLLM_API_KEY\b.* PERMAFROST_VLLM_API_KEYS\b/,
        );
      }
    });

    it('the same of models, tokens, metrics and generation', async () => {
      const client = clientOf();
      const calls = [
        () => client.health(),
        () => client.models(),
        () => client.metrics(),
        () => client.tokenize({ model, messages: [], addGenerationPrompt: true }),
        () => generate(client),
      ];
      for (const call of calls) assert.equal((await afterFault({ kind: 'html' }, call)).code, 'PF-5003');
      for (const call of calls.slice(1))
        assert.equal((await afterFault({ kind: 'wrongJson' }, call)).code, 'PF-5003');
    });

    it('a stream that breaks off', async () => {
      const error = await afterFault({ kind: 'streamReset', after: 2 }, () => generate());
      assert.equal(error.code, 'PF-5007');
      assert.match(error.message, /broke off in the middle/);
    });

    it('a stream that ends in an error, with the words of the server', async () => {
      const error = await afterFault({ kind: 'streamError', after: 2 }, () => generate());
      assert.equal(error.code, 'PF-5004');
      assert.match(error.message, /told to fail/);
    });

    it('a stream that is not JSON', async () => {
      assert.equal((await afterFault({ kind: 'streamGarbage', after: 2 }, () => generate())).code, 'PF-5003');
    });

    it('a server at its limit that does not say for how long', async () => {
      const error = await afterFault({ kind: 'status', status: 429 }, () => clientOf().version());
      assert.match(error.sentence, /^PF-8002: .* is at its limit\. Try again later\.$/);
    });

    it('what a server said without a full stop, as a sentence before the next step', () => {
      for (const error of [serverFailed('http://a', 500, 'boom'), requestRefused('http://a', 400, 'boom')])
        assert.match(error.sentence, /: boom\. [A-Z]/);
      assert.match(serverFailed('http://a', 500, 'Boom!').sentence, /: Boom! L/);
    });

    it('a port that fetch blocks, whoever does the fetching', async () => {
      const endpoint = 'http://127.0.0.1:6000';
      const connections = new Connections(endpoint);
      for (const way of [{}, { fetch: connections.fetch }]) {
        const { code, sentence, facts } = await failureOf(new VllmClient({ endpoint, ...way }).version());
        assert.equal(code, 'PF-5002');
        assert.match(sentence, /6000 cannot be reached: fetch blocks this port.* another port/);
        assert.ok(!facts.retryable);
      }
      await connections.close();
    });

    it('a host that does not exist', async () => {
      const error = await failureOf(new VllmClient({ endpoint: 'http://no-such-host.invalid' }).version());
      assert.equal(error.code, 'PF-5002');
      assert.match(error.message, /host/);
    });

    it('fewer tokens than one, before asking', async () => {
      const work = async () => complete(clientOf(), { model, prompt, maxTokens: 0 });
      assert.equal((await failureOf(work())).code, 'PF-1001');
      assert.equal(standin.received.length, 0);
    });
  });

  describe('waits', () => {
    it('for an answer no longer than its limit for control calls', async () => {
      const client = clientOf({ timeoutMs: { control: 60 } });
      const error = await afterFault({ kind: 'hang' }, () => client.models());
      assert.equal(error.code, 'PF-6001');
      assert.match(error.message, /\/v1\/models did not finish within 60 ms/);
    });

    it('that long for all tries together, and well under ten seconds by default', async () => {
      const client = clientOf({ timeoutMs: { control: 40 } });
      const error = await afterFault({ kind: 'reset' }, () => client.version());
      assert.equal(error.code, 'PF-6001');
      assert.ok(requestsTo('/version') < 4);
      assert.ok(DEFAULT_LIMITS.control <= 8_000);
    });

    it('for a key no longer than for an answer', async () => {
      const client = clientOf({ apiKey: () => new Promise(() => undefined), timeoutMs: { control: 30 } });
      assert.equal((await failureOf(client.version())).code, 'PF-6001');
    });

    it('even if fetch does not heed signals', async () => {
      const client = clientOf({ fetch: () => new Promise(() => undefined), timeoutMs: { control: 30 } });
      assert.equal((await failureOf(client.version())).code, 'PF-6001');
    });

    it('for the first token no longer than its limit', async () => {
      const client = clientOf({ timeoutMs: { firstToken: 50 } });
      for (const fault of [{ kind: 'hang' }, { kind: 'streamHang', after: 0 }] as const) {
        const error = await afterFault(fault, () => generate(client));
        assert.equal(error.code, 'PF-6001');
        assert.match(error.message, /first token .* within 50 ms/);
      }
    });

    it('for the next token no longer than its limit', async () => {
      const client = clientOf({ timeoutMs: { idle: 50 } });
      const error = await afterFault({ kind: 'streamHang', after: 3 }, () => generate(client));
      assert.equal(error.code, 'PF-6001');
      assert.match(error.message, /next token .* within 50 ms/);
    });
  });

  describe('stops when it is cancelled', () => {
    const cancelledDuring = async (
      fault: Fault,
      work: (signal: AbortSignal) => Promise<unknown>,
      path: string,
    ) => {
      const controller = new AbortController();
      standin.faults.set(fault);
      const failure = failureOf(work(controller.signal));
      while (requestsTo(path) === 0) await new Promise(setImmediate);
      controller.abort();
      return failure;
    };

    it('while it waits for an answer', async () => {
      const error = await cancelledDuring(
        { kind: 'hang' },
        (signal) => clientOf().version(signal),
        '/version',
      );
      assert.equal(error.code, 'PF-6002');
    });

    it('between two tries', async () => {
      const fault = { kind: 'status', status: 429, retryAfter: '4' } as const;
      const startedAt = performance.now();
      const error = await cancelledDuring(fault, (signal) => clientOf().version(signal), '/version');
      assert.equal(error.code, 'PF-6002');
      assert.ok(performance.now() - startedAt < 3_000);
    });

    it('before it begins', async () => {
      const error = await failureOf(clientOf().version(AbortSignal.abort()));
      assert.equal(error.code, 'PF-6002');
      assert.equal(standin.received.length, 0);
    });

    it('in the middle of a generation, which the server then ends', async () => {
      const controller = new AbortController();
      const request = { model, prompt, maxTokens: 8 };
      const events: GenerationEvent[] = [];
      standin.faults.set({ kind: 'streamHang', after: 2 });
      const read = async () => {
        for await (const event of clientOf().completeStreaming(request, controller.signal)) {
          events.push(event);
          controller.abort();
        }
      };
      assert.equal((await failureOf(read())).code, 'PF-6002');
      assert.equal(events[0]?.kind, 'text');
    });
  });

  describe('keeps the key to its server:', () => {
    it('sends it with every request', async () => {
      const client = clientOf({ apiKey: () => Promise.resolve('secret') });
      await client.models();
      await generate(client);
      assert.deepEqual(
        standin.received.map(({ headers }) => headers.authorization),
        ['Bearer secret', 'Bearer secret'],
      );
    });

    it('sends none if there is none', async () => {
      for (const key of [undefined, '']) await clientOf({ apiKey: () => Promise.resolve(key) }).models();
      assert.ok(standin.received.every(({ headers }) => headers.authorization === undefined));
    });

    it('follows no redirect, and names where it leads without its query', async () => {
      const visited: string[] = [];
      const other = createServer(({ url }, response) => {
        visited.push(url ?? '');
        response.end('{}');
      }).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const address = other.address();
      assert.ok(typeof address === 'object' && address !== null);
      const to = `http://127.0.0.1:${address.port}/v1/models`;
      const client = clientOf({ apiKey: () => Promise.resolve('secret') });
      const error = await afterFault({ kind: 'redirect', to: `${to}?token=abc` }, () => client.models());
      other.close();
      assert.equal(error.code, 'PF-5006');
      assert.ok(error.message.includes(`redirects to ${to},`));
      assert.deepEqual(visited, []);
    });

    it('does not repeat it in an error', async () => {
      const key = 'secret-key';
      const client = clientOf({ apiKey: () => Promise.resolve(key) });
      const error = await afterFault({ kind: 'status', status: 401 }, () => client.models());
      assert.ok(!JSON.stringify(error.toAnswer()).includes(key));
    });
  });
});

async function failureOf(work: Promise<unknown>): Promise<PermafrostError> {
  try {
    await work;
  } catch (thrown) {
    return asPermafrostError(thrown);
  }
  throw new Error('It did not fail.');
}
