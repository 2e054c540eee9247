import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { Fault } from '../../vllm/standin/faults.ts';
import { openStore } from '../store/openStore.ts';
import { conversation, nowhere, openWindows, to, windowsOf } from './openWindows.ts';

const messages = conversation(2);
const options = { replyTokens: 20 };

/** As short as the real one is long, so that what waits in it is over soon. */
const patience = { total: 1_200, control: 600, question: 300 };

/** Anything that works on this is to fail within so many milliseconds; unimpatient clients would take minutes. */
const SOON_MS = 4_000;

const FAULTS: Record<string, { fault: Fault; codes: string[] }> = {
  hangs: { fault: { kind: 'hang' }, codes: ['PF-6001'] },
  resets: { fault: { kind: 'reset' }, codes: ['PF-5002', 'PF-6001'] },
  'sends a web page': { fault: { kind: 'html' }, codes: ['PF-5003'] },
  'sends other JSON': { fault: { kind: 'wrongJson' }, codes: ['PF-5003', 'PF-5007'] },
  'sends no JSON': { fault: { kind: 'notJson' }, codes: ['PF-5003'] },
  'fails with 500': { fault: { kind: 'status', status: 500 }, codes: ['PF-5004'] },
  'refuses the key': { fault: { kind: 'status', status: 401 }, codes: ['PF-8001'] },
  'is at its limit': { fault: { kind: 'status', status: 429, retryAfter: '60' }, codes: ['PF-8002', 'PF-6001'] },
  'redirects': { fault: { kind: 'redirect', to: 'http://elsewhere.invalid/' }, codes: ['PF-5006'] },
};

describe('a server that', () => {
  for (const [what, { fault, codes }] of Object.entries(FAULTS)) {
    for (const path of [undefined, '/tokenize', '/v1/completions']) {
      it(`${what}${path === undefined ? '' : ` at ${path}`} is an error soon, and the window unharmed`, async () => {
        const { windows, store, standin } = await openWindows({}, patience);
        const { id } = await windows.freeze({ messages });
        const before = windows.get({ windowId: id });
        const { position } = store;
        standin.faults.set(fault, path === undefined ? {} : { path });
        for (const work of [
          () => windows.freeze({ messages }),
          () => windows.thaw({ windowId: id }, options),
          () => windows.status({ windowId: id }, true),
        ]) {
          const start = performance.now();
          if (work !== undefined) await failsWith(work, codes, path === '/tokenize' && String(work).includes('status'));
          assert.ok(performance.now() - start < SOON_MS);
        }
        standin.faults.clear();
        assert.equal(windows.get({ windowId: id }).thawCount + windows.list({ limit: 9 }).total - 1, store.position - position);
        assert.deepEqual({ ...windows.get({ windowId: id }), thawCount: 0, thawedAt: null }, before);
        assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
      });
    }
  }
});

async function failsWith(work: () => Promise<unknown>, codes: readonly string[], untouched: boolean): Promise<void> {
  if (untouched) return void (await work()); // a check of the cache does not tokenize
  await assert.rejects(work, ({ code }: { code: string }) => {
    assert.ok(codes.includes(code), `${code}, not ${codes.join(' or ')}`);
    return true;
  });
}

describe('a server that is', () => {
  it('stopped is PF-5002', async () => {
    const { windows, standin } = await openWindows({}, patience);
    const { id } = await windows.freeze({ messages });
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
    const { windows, store } = await openWindows();
    const { id } = await windows.freeze({ messages });
    await assert.rejects(windowsOf(store, nowhere).status({ windowId: id }, true), { code: 'PF-5001' });
  });

  it('slow but at work is waited for, however long it takes', async () => {
    const { windows } = await openWindows({ msPerPromptToken: 8 }, patience);
    const start = performance.now();
    const { id, promptTokens } = await windows.freeze({ messages });
    assert.ok(performance.now() - start > patience.total);
    assert.ok((promptTokens ?? 0) * 8 > patience.total);
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
  });

  it('silent in the middle of an answer is PF-6001', async () => {
    const { windows, standin } = await openWindows({}, patience);
    const { id } = await windows.freeze({ messages });
    standin.faults.set({ kind: 'streamHang', after: 2 }, { path: '/v1/completions' });
    const continuing = windows.thaw({ windowId: id }, { ...options, continueWith: 'Why?' });
    await assert.rejects(continuing, { code: 'PF-6001', message: /Waiting for tokens/ });
  });
});

describe('a caller that cancels', () => {
  it('is obeyed at once, wherever the work is', async () => {
    const { windows, standin } = await openWindows();
    const { id } = await windows.freeze({ messages });
    for (const path of ['/v1/models', '/tokenize', '/v1/completions']) {
      standin.faults.set({ kind: 'hang' }, { path });
      const cancelling = new AbortController();
      const thawing = windows.thaw({ windowId: id }, options, cancelling.signal);
      while (standin.received.at(-1)?.path !== path) await new Promise(setImmediate);
      cancelling.abort();
      await assert.rejects(thawing, { code: 'PF-6002' });
    }
    await assert.rejects(windows.freeze({ messages }, {}, AbortSignal.abort()), { code: 'PF-6002' });
    assert.equal(windows.list({ limit: 9 }).total, 1);
  });
});
