import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { rateLimited } from '../../../../src/core/errors.ts';
import { Endpoint } from '../../../../src/core/vllm/endpoints/endpoint.ts';
import type { Fetch } from '../../../../src/core/vllm/http.ts';
import type { Standin } from '../../../vllm/standin/server.ts';
import { LONG, standinFor } from '../../windows/openWindows.ts';
import { until } from './until.ts';

describe('the health of an endpoint', () => {
  const checks = ({ received: all }: Standin) => all.filter(({ path }) => path === '/health').length;

  it('is looked after while it is in use: what is wrong is known before the next request', async () => {
    const standin = await standinFor();
    const endpoint = new Endpoint({ endpoint: standin.url, rest: LONG, watch: { every: 5, after: 60_000 } });
    await endpoint.look();
    await until(() => checks(standin) !== 0);
    assert.equal(endpoint.candidate.unusable, null);
    standin.faults.set({ kind: 'status', status: 500 }, { path: '/health' });
    await until(() => endpoint.candidate.unusable !== null);
    assert.match(endpoint.candidate.unusable ?? '', /failed with 500/);
    await endpoint.close();
  });

  it('is not doubted because the answer takes long: a server that is only slow is busy', async () => {
    const standin = await standinFor();
    standin.faults.set({ kind: 'hang' }, { path: '/health' });
    let givenUp = 0;
    const counting: Fetch = async (url, init) => {
      const answer = fetch(url, init);
      if (url.endsWith('/health')) await answer.catch(() => givenUp++);
      return answer;
    };
    const watch = { every: 5, after: 60_000 };
    const endpoint = new Endpoint({ endpoint: standin.url, rest: LONG, lookMs: 50, watch, fetch: counting });
    await endpoint.look();
    await until(() => givenUp >= 3);
    assert.equal(endpoint.candidate.unusable, null);
    await endpoint.close();
  });

  for (const status of [401, 403, 404]) {
    it(`is not doubted because a gateway does not let that question through (${status})`, async () => {
      const standin = await standinFor();
      standin.faults.set({ kind: 'status', status }, { path: '/health' });
      const watch = { every: 5, after: 60_000 };
      const endpoint = new Endpoint({ endpoint: standin.url, rest: LONG, watch });
      await endpoint.look();
      await until(() => checks(standin) >= 3);
      assert.equal(endpoint.candidate.unusable, null);
      await endpoint.close();
    });
  }

  it('is doubted when what it serves is refused as its health is: then the key is wrong', async () => {
    const standin = await standinFor();
    const watch = { every: 5, after: 60_000 };
    const endpoint = new Endpoint({ endpoint: standin.url, rest: LONG, watch });
    await endpoint.look();
    standin.faults.set({ kind: 'status', status: 401 });
    await until(() => endpoint.candidate.unusable !== null);
    assert.match(endpoint.candidate.unusable ?? '', /PF-8001|key/);
    await endpoint.close();
  });

  it('is not waited for while the one call that its breaker lets through goes on', async () => {
    const { url } = await standinFor();
    const endpoint = new Endpoint({ endpoint: url, rest: { first: 0, longest: 0 }, lookMs: 200 });
    const { promise: answer, resolve: end } = Promise.withResolvers<void>();
    await assert.rejects(
      endpoint.run(() => Promise.reject(rateLimited(url))),
      { code: 'PF-8002' },
    );
    const answering = endpoint.run(() => answer);
    await endpoint.look();
    assert.equal(endpoint.candidate.models, null);
    end();
    await answering;
    await until(() => endpoint.look().then(() => endpoint.candidate.models !== null));
    await endpoint.close();
  });

  it('is not looked after any more when nobody uses it', async () => {
    const standin = await standinFor();
    const endpoint = new Endpoint({ endpoint: standin.url, watch: { every: 5, after: 20 } });
    await endpoint.look();
    for (let before = -1; before !== checks(standin); await delay(200)) before = checks(standin);
    await endpoint.close();
  });
});
