import assert from 'node:assert/strict';
import {
  asPermafrostError,
  brokenOff,
  cancelled,
  endpointUnreachable,
  modelNotServed,
  rateLimited,
  serverFailed,
  unexpectedAnswer,
  type PermafrostError,
} from '../../../../src/core/errors.ts';
import { refusalError } from '../../../../src/core/vllm/failure.ts';
import { Breaker } from '../../../../src/core/vllm/endpoints/breaker.ts';

const HOUR = 3_600_000;
const LONG = { first: HOUR, longest: HOUR };
const NONE = { first: 0, longest: 0 };
const down = endpointUnreachable('http://a', new Error('nothing listens there'));

/** Calls that are counted, and end when the test says so. */
class Calls {
  made = 0;
  readonly #end = Promise.withResolvers<string>();
  readonly end = this.#end.resolve;
  readonly fail = this.#end.reject;
  readonly call = (): Promise<string> => {
    this.made++;
    return this.#end.promise;
  };
}

async function broken(rest: typeof LONG, by: PermafrostError = down, now?: () => number): Promise<Breaker> {
  const breaker = new Breaker(rest, now);
  await assert.rejects(
    breaker.run(() => Promise.reject(by)),
    by,
  );
  return breaker;
}

describe('the breaker of an endpoint', () => {
  it('lets nothing through after an outage, and says what that was and when to come again', async () => {
    const breaker = await broken(LONG);
    const calls = new Calls();
    await assert.rejects(breaker.run(calls.call), { code: 'PF-5002', message: down.message });
    assert.equal(calls.made, 0);
    const { retryable, retryAfterMs = 0 } = breaker.resting?.toAnswer() ?? assert.fail();
    assert.ok(retryable && retryAfterMs > HOUR / 2 && retryAfterMs <= HOUR);
  });

  it('lets one call through after the rest, while others wait for how it ends', async () => {
    const breaker = await broken(NONE);
    const probe = new Calls();
    const others = new Calls();
    const probing = breaker.run(probe.call);
    const waiting = [breaker.run(others.call), breaker.run(others.call)];
    await new Promise(setImmediate);
    assert.deepEqual([probe.made, others.made], [1, 0]);
    probe.end('well');
    others.end('well too');
    assert.equal(await probing, 'well');
    assert.deepEqual(await Promise.all(waiting), ['well too', 'well too']);
    assert.equal(breaker.resting, undefined);
  });

  describe('by a clock that is held still', () => {
    let now = 123;
    const clock = () => now;

    /** How long it rests now, in milliseconds, to the millisecond. */
    function restOf(breaker: Breaker): number {
      const begun = now;
      for (let step = 2 ** 24; step >= 1; step /= 2) {
        now += step;
        if (breaker.resting === undefined) now -= step;
      }
      const rest = now + 1 - begun;
      now = begun;
      return rest;
    }

    it('rests twice as long each time, up to a limit, and begins anew when it was well', async () => {
      const breaker = await broken({ first: 1_000, longest: 3_000 }, down, clock);
      const rests = [restOf(breaker)];
      for (let times = 0; times < 3; times++) {
        now += restOf(breaker);
        await assert.rejects(breaker.run(() => Promise.reject(down)));
        rests.push(restOf(breaker));
      }
      assert.deepEqual(rests, [1_000, 2_000, 3_000, 3_000]);
      now += restOf(breaker);
      await breaker.run(() => Promise.resolve());
      await assert.rejects(breaker.run(() => Promise.reject(down)));
      assert.equal(restOf(breaker), 1_000);
    });

    it('rests as long as a server asks for, up to five minutes', async () => {
      const rest = { first: 1_000, longest: 3_000 };
      assert.equal(restOf(await broken(rest, rateLimited('http://a', 60_000), clock)), 60_000);
      assert.equal(restOf(await broken(rest, rateLimited('http://a', HOUR), clock)), 300_000);
    });

    it('says how much of the rest is left, not how long the server asked for at first', async () => {
      const breaker = await broken({ first: 0, longest: 0 }, rateLimited('http://a', 60_000), clock);
      now += 59_500;
      assert.equal(breaker.resting?.facts.retryAfterMs, 500);
      await assert.rejects(
        breaker.run(() => Promise.resolve()),
        ({ facts }: PermafrostError) => facts.retryAfterMs === 500 && facts.hint === 'Try again in 1 s.',
      );
    });

    it('lets a call through after the rest, though the clock of the machine was set back by an hour', async () => {
      const wallClock = Date.now;
      const breaker = await broken({ first: 1_000, longest: 1_000 }, down, clock);
      now += 1_000;
      try {
        Date.now = () => wallClock() - HOUR;
        assert.equal(await breaker.run(() => Promise.resolve('well')), 'well');
      } finally {
        Date.now = wallClock;
      }
    });

    it('lets no call through during the rest, though the clock of the machine was set on by an hour', async () => {
      const wallClock = Date.now;
      const breaker = await broken({ first: 1_000, longest: 1_000 }, down, clock);
      now += 999;
      try {
        Date.now = () => wallClock() + HOUR;
        await assert.rejects(
          breaker.run(() => Promise.resolve()),
          { code: 'PF-5002' },
        );
      } finally {
        Date.now = wallClock;
      }
    });

    it('takes a cancelled call for neither well nor out of order: the next one is let through to see', async () => {
      const breaker = await broken({ first: 1_000, longest: 9_000 }, down, clock);
      now += restOf(breaker);
      const [probe, next] = [new Calls(), new Calls()];
      const ended = Promise.allSettled([breaker.run(probe.call), breaker.run(next.call)]);
      probe.fail(cancelled('It'));
      next.fail(down);
      const codes = (await ended).map(
        (each) => each.status === 'rejected' && asPermafrostError(each.reason).code,
      );
      assert.deepEqual([codes, next.made], [['PF-6002', 'PF-5002'], 1]);
      assert.equal(restOf(breaker), 2_000);
    });

    it('keeps nobody waiting for the one call that is let through who cancels meanwhile', async () => {
      const breaker = await broken({ first: 1_000, longest: 1_000 }, down, clock);
      now += 1_000;
      const [probe, left, other] = [new Calls(), new Calls(), new Calls()];
      const probing = breaker.run(probe.call);
      const leaving = new AbortController();
      const waiting = breaker.run(left.call, leaving.signal);
      const staying = breaker.run(other.call);
      leaving.abort();
      await assert.rejects(waiting, { code: 'PF-6002' });
      probe.end('well');
      other.end('well too');
      assert.deepEqual(await Promise.all([probing, staying]), ['well', 'well too']);
      assert.equal(left.made, 0);
    });

    it('rests anew for those who waited for the one call that was let through, when that failed', async () => {
      const breaker = await broken({ first: 1_000, longest: 1_000 }, down, clock);
      now += 1_000;
      const [probe, other] = [new Calls(), new Calls()];
      const ended = Promise.allSettled([breaker.run(probe.call), breaker.run(other.call)]);
      probe.fail(down);
      assert.deepEqual(
        (await ended).map(({ status }) => status),
        ['rejected', 'rejected'],
      );
      assert.equal(other.made, 0);
    });
  });

  describe('when the server failed at a request, which may be to blame itself', () => {
    const first = serverFailed('http://a', 500, 'out of memory');
    const second = unexpectedAnswer('http://a', 'it sent no JSON');
    const third = brokenOff('http://a');
    const codeOf = ({ resting }: Breaker) => resting?.code;
    const fail = (breaker: Breaker, failure: Error) =>
      assert.rejects(
        breaker.run(() => Promise.reject(failure)),
        failure,
      );

    it('lets others through, until three in a row failed', async () => {
      const breaker = new Breaker(LONG);
      await fail(breaker, first);
      await fail(breaker, second);
      await breaker.run(() => Promise.resolve());
      await fail(breaker, first);
      await fail(breaker, second);
      assert.equal(codeOf(breaker), undefined);
      await fail(breaker, third);
      assert.equal(codeOf(breaker), third.code);
    });

    it('is not reassured by an answer to how the server does', async () => {
      const breaker = new Breaker(LONG);
      await fail(breaker, first);
      await fail(breaker, second);
      await breaker.examine(() => Promise.resolve());
      await fail(breaker, third);
      assert.equal(codeOf(breaker), third.code);
    });

    it('lets nothing through when the server fails at a question how it does', async () => {
      for (const failure of [first, second, third]) {
        const breaker = new Breaker(LONG);
        await assert.rejects(
          breaker.examine(() => Promise.reject(failure)),
          failure,
        );
        assert.equal(codeOf(breaker), failure.code);
      }
    });

    it('takes a path that the server does not have for no failure at all', async () => {
      const headers = new Headers();
      const refusal = {
        endpoint: 'http://a',
        path: '/detokenize',
        status: 404,
        headers,
        body: '',
        hadKey: false,
      };
      const breaker = new Breaker(LONG);
      for (let times = 0; times < 9; times++) await fail(breaker, refusalError(refusal));
      assert.equal(breaker.resting, undefined);
    });
  });

  it('takes what is the fault of a request for no outage', async () => {
    const breaker = new Breaker(LONG);
    await assert.rejects(breaker.run(() => Promise.reject(modelNotServed('qwen', []))));
    await assert.rejects(breaker.run(() => Promise.reject(new Error('a mistake'))));
    assert.equal(await breaker.run(() => Promise.resolve('well')), 'well');
  });
});
