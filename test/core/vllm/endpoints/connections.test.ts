import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { VllmClient } from '../../../../src/core/vllm/client.ts';
import type { GenerationEvent } from '../../../../src/core/vllm/generation.ts';
import { Connections } from '../../../../src/core/vllm/endpoints/connections.ts';
import { standinFor } from '../../windows/openWindows.ts';
import { until } from './until.ts';
import { complete } from '../../../vllm/whole.ts';

/** A connection is at hand again a moment after its answer, so one after the other takes two of them in turn. */
const AT_HAND = 2;

describe('the connections to an endpoint', () => {
  let connections: Connections | undefined;
  afterEach(() => connections?.close());

  async function open(options = {}) {
    const standin = await standinFor(options);
    connections = new Connections(standin.url);
    const client = new VllmClient({ endpoint: standin.url, fetch: connections.fetch });
    return { standin, client };
  }

  it('are used again, for questions and for streams that were read to their end', async () => {
    const { standin, client } = await open();
    for (let times = 0; times < 20; times++) {
      await client.version();
      await complete(client, { model: standin.model, prompt: [1, 2, 3], maxTokens: 4 });
    }
    assert.equal(standin.received.length, 40);
    assert.ok(standin.connections <= AT_HAND, `${standin.connections} connections`);
  });

  it('are used again when a stream ends some time after its last event', async () => {
    const { standin, client } = await open({ msToEnd: 10 });
    for (let times = 0; times < 10; times++)
      await complete(client, { model: standin.model, prompt: [1, 2, 3], maxTokens: 4 });
    assert.ok(standin.connections <= AT_HAND, `${standin.connections} connections`);
  });

  it('are as many as there are requests at once, and no more', async () => {
    const { standin, client } = await open({ msPerToken: 5 });
    const request = { model: standin.model, prompt: [1, 2, 3], maxTokens: 4 };
    for (let times = 0; times < 3; times++)
      await Promise.all(Array.from({ length: 10 }, () => complete(client, request)));
    assert.ok(standin.connections >= 10 && standin.connections <= 10 * AT_HAND, `${standin.connections}`);
  });

  it('are not held by a stream that is left early, and its server stops', async () => {
    const { standin, client } = await open({ msPerToken: 5 });
    const request = { model: standin.model, prompt: [1, 2, 3], maxTokens: 10_000 };
    for await (const _ of client.completeStreaming(request)) break;
    await until(async () => (await client.metrics()).requestsRunning === 0);
  });

  it('are opened again after they were closed', async () => {
    const { standin, client } = await open();
    await client.version();
    await connections?.close();
    await client.version();
    assert.equal(standin.connections, 2);
  });

  it('are retired when what is under way on them is done', async () => {
    const { standin, client } = await open({ msPerToken: 5 });
    const request = { model: standin.model, prompt: [1, 2, 3], maxTokens: 40 };
    const streaming = client.completeStreaming(request);
    await streaming.next(); // it is under way
    const retired = connections?.retire();
    let last: GenerationEvent | undefined;
    for await (const event of streaming) last = event;
    assert.equal(last?.kind, 'done');
    await retired;
  });

  it('that are retired are closed with the others, whatever is under way on them', async () => {
    const { standin, client } = await open({ msPerToken: 5 });
    const streaming = client.completeStreaming({ model: standin.model, prompt: [1], maxTokens: 10_000 });
    await streaming.next(); // it is under way
    void connections?.retire();
    await client.version(); // on another connection
    await connections?.close();
    await assert.rejects(async () => {
      for await (const _ of streaming);
    });
  });

  it('hold no process that has nothing else to do', async () => {
    const { standin } = await open();
    const module = import.meta.resolve('../../../../src/core/vllm/endpoints/endpoint.ts');
    const script = `
      import { Endpoint } from '${module}';
      const endpoint = new Endpoint({ endpoint: process.argv[1] });
      await endpoint.look();
      await endpoint.run(() => endpoint.client.version());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, standin.url], {
      stdio: 'inherit',
    });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
});
