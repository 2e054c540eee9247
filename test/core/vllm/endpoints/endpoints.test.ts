import assert from 'node:assert/strict';
import { brokenOff, PermafrostError, writeUncertain, wrongState } from '../../../../src/core/errors.ts';
import type { VllmClient } from '../../../../src/core/vllm/client.ts';
import { Endpoint } from '../../../../src/core/vllm/endpoints/endpoint.ts';
import { Endpoints, type Chosen } from '../../../../src/core/vllm/endpoints/endpoints.ts';
import { ANYTHING } from '../../../../src/core/vllm/endpoints/route.ts';
import type { Fault } from '../../../vllm/standin/faults.ts';
import type { Standin } from '../../../vllm/standin/server.ts';
import { clientOf, endpointsAt, LONG, standinFor } from '../../windows/openWindows.ts';
import { until } from './until.ts';
import { complete } from '../../../vllm/whole.ts';

const version = ({ client }: Chosen) => client.version();
const itself = (chosen: Chosen) => Promise.resolve(chosen);
const address = ({ client }: Chosen) => Promise.resolve(client.endpoint);

/** What is sent to the endpoint that has the blocks, as long as it is in order. */
const heldBy = ({ url }: Pick<Standin, 'url'>) => ({ ...ANYTHING, holders: [url] });

async function two(options: { readonly a?: object; readonly b?: object; readonly rest?: typeof LONG } = {}) {
  const [a, b] = await Promise.all([standinFor(options.a), standinFor(options.b)]);
  const endpoints = endpointsAt([a.url, b.url], { rest: options.rest ?? LONG });
  return { a, b, endpoints };
}

const received = (standin: Standin) => standin.received.length;

describe('several endpoints', () => {
  it('are chosen among by the model that each serves', async () => {
    const { a, b, endpoints } = await two({ a: { model: 'llama' }, b: { model: 'qwen' } });
    assert.equal(await endpoints.run({ ...ANYTHING, model: 'qwen' }, address), b.url);
    assert.equal(await endpoints.run({ ...ANYTHING, model: 'llama' }, address), a.url);
    const served = (await endpoints.offer()).served.map(({ model, client }) => [model.id, client.endpoint]);
    assert.deepEqual(served, [['llama', a.url], ['qwen', b.url]]); // prettier-ignore
  });

  it('are chosen among by the blocks that one has', async () => {
    const { b, endpoints } = await two();
    const { client, reasons } = await endpoints.run(heldBy(b), itself);
    assert.equal(client.endpoint, b.url);
    assert.match(reasons.join(), /it is the one that had the blocks/);
  });

  it('are chosen among by what the servers say they have to do, of whomever it is', async () => {
    const { a, b, endpoints } = await two({ a: { msPerToken: 60_000 } });
    const stop = new AbortController();
    const elsewhere = await clientOf(a);
    const busy = complete(elsewhere, { model: a.model, prompt: [1, 2], maxTokens: 2 }, stop.signal);
    await until(async () => (await elsewhere.metrics()).requestsRunning === 1);
    const { client, reasons } = await endpoints.run(ANYTHING, itself);
    assert.equal(client.endpoint, b.url);
    assert.match(reasons.join(), /it has fewer requests \(0; .* has 1\)/);
    stop.abort();
    await assert.rejects(busy);
  });

  it('are chosen among by /load where there are no metrics', async () => {
    const { a, b, endpoints } = await two();
    a.faults.set({ kind: 'status', status: 404 }, { path: '/metrics' });
    b.faults.set({ kind: 'status', status: 404 }, { path: '/metrics' });
    assert.match((await endpoints.run(ANYTHING, itself)).reasons.join(), /was chosen/);
    assert.ok(a.received.some(({ path }) => path === '/load'));
  });

  it('are in order though their gateways refuse to tell anybody how busy they are', async () => {
    const { a, b, endpoints } = await two();
    for (const [{ faults }, status] of [
      [a, 401],
      [b, 403],
    ] as const)
      // prettier-ignore
      faults.set({ kind: 'status', status }, { path: '/metrics' });
    assert.equal(await endpoints.run(ANYTHING, version), '0.32.0');
    for (const client of endpoints.clients) assert.equal(endpoints.restingOf(client), undefined);
  });

  it('share what comes at once, although the servers have not counted it yet', async () => {
    const { a, b, endpoints } = await two();
    const begun = Promise.withResolvers<void>();
    const places: string[] = [];
    const work = async (chosen: Chosen) => {
      places.push(await address(chosen));
      if (places.length === 40) begun.resolve();
      await begun.promise;
    };
    await Promise.all(Array.from({ length: 40 }, () => endpoints.run(ANYTHING, work)));
    assert.deepEqual(
      [a, b].map(({ url }) => places.filter((place) => place === url).length),
      [20, 20],
    );
  });

  it('are told of in the log: the choice, its reason, and what failed', async () => {
    const { a, b } = await two();
    const lines: string[] = [];
    const endpoints = new Endpoints(
      [a, b].map(({ url }) => new Endpoint({ endpoint: url })),
      (line) => lines.push(line),
    );
    a.faults.set({ kind: 'status', status: 500 }, { path: '/version' });
    await endpoints.run(heldBy(a), version);
    assert.match(lines[0] ?? '', new RegExp(`^Of 2 endpoints ${a.url} was chosen`));
    assert.match(lines[1] ?? '', new RegExp(`^${a.url} failed, another endpoint is tried: PF-5004`));
    assert.match(lines[2] ?? '', new RegExp(`^${b.url} was chosen: no other is left\\.$`));
    await endpoints.close();
  });

  it('are told of in the log at most once a minute, however often they are chosen and one fails', async () => {
    const { a, b } = await two();
    const lines: string[] = [];
    const endpoints = new Endpoints(
      [a, b].map(({ url }) => new Endpoint({ endpoint: url })),
      (line) => lines.push(line),
    );
    const begun = Promise.withResolvers<void>();
    let count = 0;
    const work = async () => {
      if (++count === 20) begun.resolve();
      await begun.promise;
    };
    await Promise.all(Array.from({ length: 20 }, () => endpoints.run(ANYTHING, work)));
    const chosen = lines.splice(0);
    assert.ok(chosen.length <= 2, chosen.join('\n')); // One for each endpoint, by turns.
    a.faults.set({ kind: 'reset' }, { path: '/version' });
    const asked = Array.from({ length: 20 }, () => endpoints.run(heldBy(a), version));
    await Promise.all(asked);
    assert.equal(lines.filter((line) => line.includes('another endpoint is tried')).length, 1);
    assert.ok(lines.length <= 4, lines.join('\n'));
    await endpoints.close();
  });

  /** What goes wrong with one request, and whether it would with every other. */
  const FAULTS: Record<
    string,
    { readonly fault: Fault; readonly code: string; readonly isOutage?: boolean }
  > = {
    resets: { fault: { kind: 'reset' }, code: 'PF-5002', isOutage: true },
    'sends a web page': { fault: { kind: 'html' }, code: 'PF-5003' },
    'sends other JSON': { fault: { kind: 'wrongJson' }, code: 'PF-5003' },
    'has no such path': { fault: { kind: 'status', status: 404 }, code: 'PF-5003' },
    'fails with 500': { fault: { kind: 'status', status: 500 }, code: 'PF-5004' },
    'is not up yet': {
      fault: { kind: 'status', status: 503, retryAfter: '60' },
      code: 'PF-5004',
      isOutage: true,
    },
    redirects: { fault: { kind: 'redirect', to: 'http://elsewhere/' }, code: 'PF-5006', isOutage: true },
    'refuses the key': { fault: { kind: 'status', status: 401 }, code: 'PF-8001', isOutage: true },
    'is at its limit': {
      fault: { kind: 'status', status: 429, retryAfter: '60' },
      code: 'PF-8002',
      isOutage: true,
    },
  };
  for (const [how, { fault, code, isOutage = false }] of Object.entries(FAULTS)) {
    it(`stand in for one that ${how} in the middle of a request (${code})`, async () => {
      const { a, b, endpoints } = await two();
      a.faults.set(fault, { path: '/version' });
      const { answer, reasons } = await endpoints.run(heldBy(a), async (chosen) => ({
        answer: await version(chosen),
        reasons: chosen.reasons.join(' '),
      }));
      assert.equal(answer, '0.32.0');
      assert.match(reasons, new RegExp(`${a.url} failed: .* ${b.url} was chosen`));
      const [client] = endpoints.clients;
      assert.equal(endpoints.restingOf(client ?? assert.fail())?.code, isOutage ? code : undefined);
      const before = received(a);
      const next = isOutage ? b : a;
      for (let times = 0; times < 3; times++) assert.equal(await endpoints.run(heldBy(a), address), next.url);
      if (isOutage) assert.equal(received(a), before, 'it is left alone');
    });

    it(`are left by a request when each of them ${how}, with the failure of the first`, async () => {
      const { a, b, endpoints } = await two();
      [a, b].forEach(({ faults }) => faults.set(fault, { path: '/version' }));
      const failure = await endpoints.run(heldBy(a), version).catch((thrown: unknown) => thrown);
      assert.ok(failure instanceof PermafrostError);
      assert.deepEqual([failure.code, failure.message.includes(a.url)], [code, true]);
      if (!isOutage) return assert.equal(await endpoints.run(ANYTHING, address), a.url, 'others are served');
      const before = [received(a), received(b)];
      await assert.rejects(endpoints.run(ANYTHING, version), { code });
      assert.deepEqual([received(a), received(b)], before, 'both rest');
    });
  }

  it('say of each what it serves, when none serves the model', async () => {
    const { a, b, endpoints } = await two({ a: { model: 'llama' }, b: { model: 'qwen' } });
    const model = 'mistral';
    const request = { model, prompt: [1, 2], maxTokens: 1 };
    await assert.rejects(
      endpoints.run({ ...ANYTHING, model }, ({ client }) => complete(client, request)),
      {
        code: 'PF-7001',
        message: 'The server does not serve the model "mistral".',
        facts: { retryable: false, hint: `${a.url}: It serves: llama. ${b.url}: It serves: qwen.` },
      },
    );
  });

  it('say of the one that rests why, when the others do not serve the model', async () => {
    const { a, b, endpoints } = await two({ a: { model: 'llama' }, b: { model: 'qwen' } });
    b.faults.set({ kind: 'status', status: 503, retryAfter: '60' });
    await endpoints.run(ANYTHING, itself); // which finds that out
    const request = { model: 'qwen', prompt: [1, 2], maxTokens: 1 };
    const failure = await endpoints
      .run({ ...ANYTHING, model: 'qwen' }, ({ client }) => complete(client, request))
      .catch((thrown: unknown) => thrown);
    assert.ok(failure instanceof PermafrostError);
    assert.equal(failure.code, 'PF-7001');
    assert.match(
      failure.message,
      new RegExp(`^${a.url}: The server does not serve .* ${b.url} failed with 503`),
    );
    assert.match(failure.facts.hint ?? '', new RegExp(`^${a.url}: It serves: llama\\. ${b.url}: Look into`));
    assert.equal(failure.facts.retryable, true, 'the other may be back');
  });

  it('are each named when none can be reached', async () => {
    const { a, b, endpoints } = await two();
    await Promise.all([a.close(), b.close()]);
    const named = new RegExp(`${a.url} cannot be reached.*${b.url} cannot be reached`);
    for (const at of ['in the request', 'before it, since they rest'])
      await assert.rejects(endpoints.run(ANYTHING, version), { code: 'PF-5002', message: named }, at);
  });

  it('leave a dead one alone until its breaker lets one call through, which brings it back', async () => {
    const { a, b, endpoints } = await two({ rest: { first: 0, longest: 0 } });
    a.faults.set({ kind: 'status', status: 500 });
    assert.equal(await endpoints.run(heldBy(a), address), b.url);
    a.faults.clear();
    assert.equal(await endpoints.run(heldBy(a), address), a.url);
  });

  it('are chosen among although one hangs, which is only not waited for', async () => {
    const { a, b } = await two();
    const endpoints = endpointsAt([a.url, b.url], { lookMs: 500 });
    a.faults.set({ kind: 'hang' });
    const { client, reasons } = await endpoints.run(heldBy(a), itself);
    assert.equal(client.endpoint, b.url);
    assert.match(reasons.join(), new RegExp(`${a.url} does not answer at the moment`));
    a.faults.clear();
    assert.equal(await endpoints.run(heldBy(a), address), a.url);
  });

  it('do not repeat what was handed on in part', async () => {
    const { a, b, endpoints } = await two({ a: { msPerToken: 1 } });
    a.faults.set({ kind: 'streamReset', after: 3 }, { path: '/v1/completions' });
    let pieces = 0;
    const stream = async ({ client }: Chosen) => {
      const request = { model: a.model, prompt: [1, 2], maxTokens: 50 };
      for await (const _ of client.completeStreaming(request)) pieces++;
    };
    await assert.rejects(
      endpoints.run(heldBy(a), stream, undefined, () => pieces === 0),
      { code: 'PF-5007' },
    );
    assert.ok(pieces > 0);
    assert.ok(!b.received.some(({ path }) => path === '/v1/completions'));
  });

  it('do not repeat what the request itself is to blame for, nor what was cancelled', async () => {
    const { a, b, endpoints } = await two();
    a.faults.set({ kind: 'status', status: 400 }, { path: '/version' });
    const asked = () => a.received.filter(({ path }) => path === '/version').length;
    await assert.rejects(endpoints.run(heldBy(a), version), { code: 'PF-5005' });
    await assert.rejects(
      endpoints.run(ANYTHING, () => Promise.reject(new Error('a mistake'))),
      /a mistake/,
    );
    const cancelling = new AbortController();
    a.faults.set({ kind: 'hang' }, { path: '/version' });
    const running = endpoints.run(heldBy(a), ({ client }) => client.version(cancelling.signal));
    await until(() => asked() >= 2);
    cancelling.abort();
    await assert.rejects(running, { code: 'PF-6002' });
    assert.equal(asked(), 2);
    assert.ok(!b.received.some(({ path }) => path === '/version'));
  });

  describe('of which the second fails in a way that none would mend, after the first was out of order', () => {
    const askBoth = async (second: (client: VllmClient) => Promise<unknown>, mayRepeat?: () => boolean) => {
      const { a, b, endpoints } = await two();
      a.faults.set({ kind: 'status', status: 503, retryAfter: '60' }, { path: '/version' });
      const work = async (chosen: Chosen) => {
        if (chosen.client.endpoint === a.url) await version(chosen);
        else await second(chosen.client);
      };
      return { b, running: endpoints.run(heldBy(a), work, undefined, mayRepeat) };
    };

    it('tell that they were cancelled there', async () => {
      const cancelling = new AbortController();
      const { b, running } = await askBoth((client) => client.version(cancelling.signal));
      b.faults.set({ kind: 'hang' }, { path: '/version' });
      const refused = assert.rejects(running, { code: 'PF-6002' });
      await until(() => b.received.some(({ path }) => path === '/version'));
      cancelling.abort();
      await refused;
    });

    it('tell what went wrong here, and that it is not sure whether something was saved', async () => {
      for (const failure of [
        wrongState('It is frozen.', 'Thaw it.'),
        writeUncertain('a', 'the disk'),
        new Error('bug'),
      ]) {
        const { running } = await askBoth(() => Promise.reject(failure));
        await assert.rejects(running, failure);
      }
    });

    it('tell what broke off an answer that was handed on in part', async () => {
      let handedOn = false;
      const { b, running } = await askBoth(
        ({ endpoint }) => {
          handedOn = true;
          return Promise.reject(brokenOff(endpoint));
        },
        () => !handedOn,
      );
      await assert.rejects(running, { code: 'PF-5007', message: new RegExp(b.url) });
    });
  });

  it('send to each the key of its own origin', async () => {
    const [a, b] = await Promise.all([standinFor({ apiKey: 'KA' }), standinFor({ apiKey: 'KB' })]);
    const keys = new Map([[a.url, 'KA'], [b.url, 'KB']]); // prettier-ignore
    const endpoints = new Endpoints(
      [a, b].map(({ url }) => new Endpoint({ endpoint: url, apiKey: () => Promise.resolve(keys.get(url)) })),
    );
    for (const { url } of [a, b]) {
      assert.equal((await endpoints.run(heldBy({ url }), ({ client }) => client.models())).length, 1);
    }
    const sent = (standin: Standin) => new Set(standin.received.map(({ headers }) => headers.authorization));
    assert.deepEqual([...sent(a), ...sent(b)], ['Bearer KA', 'Bearer KB']);
    await endpoints.close();
  });
});

describe('a single endpoint', () => {
  it('is asked nothing more than what the request asks, and again however often it failed', async () => {
    const standin = await standinFor();
    const endpoints = endpointsAt([standin.url], { rest: LONG });
    standin.faults.set({ kind: 'status', status: 500 });
    for (let times = 0; times < 3; times++)
      await assert.rejects(endpoints.run(ANYTHING, version), { code: 'PF-5004' });
    assert.equal(received(standin), 3);
    standin.faults.clear();
    assert.deepEqual((await endpoints.run(ANYTHING, itself)).reasons, []);
    assert.equal(await endpoints.run(ANYTHING, version), '0.32.0');
    assert.equal(received(standin), 4);
  });
});
