import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { PermafrostError } from '../../../src/core/errors.ts';
import type { Fault } from '../../vllm/standin/faults.ts';
import type { StandinOptions } from '../../vllm/standin/settings.ts';
import { openStore } from '../store/openStore.ts';
import { conversation, nowhere, openWindows, to, windowsOf } from './openWindows.ts';

const messages = conversation(1);
const options = { replyTokens: 20 };

/** As short as the real one is long, so that what waits in it is over soon. */
const patience = { total: 600, control: 400, question: 200 };

/** Anything that works on this is to fail within so many milliseconds; clients by themselves would take minutes. */
const SOON_MS = 4_000;

/** A window that is frozen well, and the windows of one who waits for nothing. */
async function frozen(standinOptions: StandinOptions = {}) {
  const opened = await openWindows(standinOptions);
  const { id } = await opened.windows.freeze({ messages });
  return { ...opened, id, hasty: windowsOf(opened.store, to(opened.standin), patience) };
}

const PATHS: readonly (string | undefined)[] = ['/v1/models', '/tokenize', '/v1/completions', undefined];

const FAULTS: Record<string, { fault: Fault; codes: string[]; paths?: typeof PATHS }> = {
  hangs: { fault: { kind: 'hang' }, codes: ['PF-6001'] },
  resets: { fault: { kind: 'reset' }, codes: ['PF-5002', 'PF-6001'] },
  'sends a web page': { fault: { kind: 'html' }, codes: ['PF-5003'], paths: [...PATHS, '/metrics'] },
  'sends other JSON': { fault: { kind: 'wrongJson' }, codes: ['PF-5003', 'PF-5007'] },
  'sends no JSON': { fault: { kind: 'notJson' }, codes: ['PF-5003'] },
  'fails with 500': { fault: { kind: 'status', status: 500 }, codes: ['PF-5004'] },
  'refuses the key': { fault: { kind: 'status', status: 401 }, codes: ['PF-8001'] },
  'is at its limit': {
    fault: { kind: 'status', status: 429, retryAfter: '60' },
    codes: ['PF-8002', 'PF-6001'],
  },
  'has no such path': {
    fault: { kind: 'status', status: 404 },
    codes: ['PF-5003'],
    paths: ['/v1/models', '/v1/completions', undefined], // one without /tokenize is of use: see thawCache.test.ts
  },
  redirects: { fault: { kind: 'redirect', to: 'http://elsewhere.invalid/' }, codes: ['PF-5006'] },
};

describe('a server that', () => {
  for (const [what, { fault, codes, paths = PATHS }] of Object.entries(FAULTS)) {
    for (const path of paths) {
      it(`${what}${path === undefined ? '' : ` at ${path}`} is an error soon, and nothing changed`, async () => {
        const { windows, hasty, store, standin, id } = await frozen();
        const before = windows.get({ windowId: id });
        const { position } = store;
        standin.faults.set(fault, path === undefined ? {} : { path });
        const works = [hasty.freeze({ messages }), hasty.thaw({ windowId: id }, options)];
        await Promise.all(works.map((work) => failsSoon(work, codes)));
        if (path !== '/tokenize') await failsSoon(hasty.status({ windowId: id }, true), codes);
        standin.faults.clear();
        assert.equal(store.position, position);
        assert.deepEqual(windows.get({ windowId: id }), before);
        assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
      });
    }
  }
});

async function failsSoon(work: Promise<unknown>, codes: readonly string[]): Promise<void> {
  const start = performance.now();
  await assert.rejects(work, ({ code }: { code: string }) => {
    assert.ok(codes.includes(code), `${code}, not ${codes.join(' or ')}`);
    return true;
  });
  assert.ok(performance.now() - start < SOON_MS);
}

describe('a server that is', () => {
  it('stopped is PF-5002', async () => {
    const { windows, standin, id } = await frozen();
    await standin.close();
    await assert.rejects(windows.freeze({ messages }), { code: 'PF-5002' });
    await assert.rejects(windows.thaw({ windowId: id }, options), { code: 'PF-5002' });
    await assert.rejects(windows.status({ windowId: id }, true), { code: 'PF-5002' });
  });

  it('deaf from the first byte is PF-6001 within ten seconds, by the patience that users get', async () => {
    const deaf = createServer(() => undefined);
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    assert.ok(address !== null && typeof address === 'object');
    const windows = windowsOf(openStore(), to({ url: `http://127.0.0.1:${address.port}` }));
    const start = performance.now();
    await assert.rejects(windows.freeze({ messages }), { code: 'PF-6001' });
    assert.ok(performance.now() - start < 10_000);
    deaf.close();
  });

  it('not configured leaves a check of the cache undone', async () => {
    const { store, id } = await frozen();
    await assert.rejects(windowsOf(store, nowhere).status({ windowId: id }, true), { code: 'PF-5001' });
  });

  it('slow but at work is waited for, however long it takes', async () => {
    const { id, hasty, windows } = await frozen({ msPerPromptToken: 20 });
    const { promptTokens } = windows.get({ windowId: id });
    assert.ok((promptTokens ?? 0) * 20 > patience.total);
    assert.equal((await hasty.freeze({ messages })).kind, 'exact');
    assert.equal((await hasty.thaw({ windowId: id }, options)).status, 'verified');
  });

  for (const path of ['/metrics', '/version']) {
    it(`behind a gateway that refuses ${path} to all is used as it is, and waited for when it is slow`, async () => {
      const { standin, hasty, id } = await frozen({ msPerPromptToken: 20 });
      standin.faults.set({ kind: 'status', status: 403 }, { path });
      assert.equal((await hasty.freeze({ messages })).kind, 'exact');
      assert.equal((await hasty.thaw({ windowId: id }, options)).status, 'verified');
      assert.notEqual((await hasty.status({ windowId: id }, true)).cache, null);
    });
  }

  it('slow to answer questions is waited for, as long as there is patience', async () => {
    const { standin, windows, id } = await frozen();
    standin.faults.set({ kind: 'slow', ms: 300 });
    assert.equal((await windows.freeze({ messages })).kind, 'exact');
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
  });

  it('at its limit for a moment is asked again after it', async () => {
    const { standin, windows, id } = await frozen();
    standin.faults.set(
      { kind: 'status', status: 429, retryAfter: '1' },
      { path: '/v1/completions', times: 1 },
    );
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
  });

  it('silent in the middle of an answer is PF-6001', async () => {
    const { standin, hasty, id } = await frozen();
    standin.faults.set({ kind: 'streamHang', after: 2 }, { path: '/v1/completions' });
    const continuing = hasty.thaw({ windowId: id }, { ...options, continueWith: 'Why?' });
    await assert.rejects(continuing, ({ code, message, facts }: PermafrostError) => {
      assert.equal(code, 'PF-6001');
      assert.match(message, /Waiting for tokens/);
      assert.match(facts.hint ?? '', /compiles what it is asked for first/);
      return true;
    });
  });
});

describe('a caller that cancels', () => {
  it('is obeyed at once, wherever the work is', async () => {
    const { windows, standin, id } = await frozen();
    for (const path of ['/v1/models', '/tokenize', '/v1/completions']) {
      standin.faults.set({ kind: 'hang' }, { path });
      const asked = () => standin.received.filter((request) => request.path === path).length;
      const before = asked();
      const cancelling = new AbortController();
      const thawing = windows.thaw({ windowId: id }, options, cancelling.signal);
      while (asked() === before) await new Promise(setImmediate);
      cancelling.abort();
      await assert.rejects(thawing, { code: 'PF-6002' });
    }
    await assert.rejects(windows.freeze({ messages }, {}, AbortSignal.abort()), { code: 'PF-6002' });
    assert.equal(windows.list({ limit: 9 }).total, 1);
  });
});
