import assert from 'node:assert/strict';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import { openStore } from '../../core/store/openStore.ts';
import { conversation, endpointsAt, to, windowsOf } from '../../core/windows/openWindows.ts';
import type { Subject } from './subject.ts';

const options = { replyTokens: 8 };

/** As short as the real one is long. */
const patience = { total: 1_500, control: 1_000, question: 400 };
const SOON_MS = 10_000;

/** A server that is there but does not work. The stand-in can do more of that: see test/core/windows/faults.test.ts. */
export function unwellCases(subject: () => Subject): void {
  async function frozen() {
    const { server } = subject();
    const store = openStore();
    const windows = windowsOf(store, to(server, server.apiKey));
    const { id } = await windows.freeze({ messages: conversation(3) });
    return { store, windows, window: windows.get({ windowId: id }) };
  }

  describe('when it does not work, has a thaw end soon, with the window as it was:', () => {
    it('hung, PF-6001, and thawed again when it goes on', async () => {
      const { server } = subject();
      const { store, windows, window } = await frozen();
      const hasty = windowsOf(store, to(server, server.apiKey), patience);
      server.pause();
      try {
        const begun = performance.now();
        await assert.rejects(hasty.thaw({ windowId: window.id }, options), { code: 'PF-6001' });
        await assert.rejects(hasty.freeze({ messages: conversation(1) }), { code: 'PF-6001' });
        assert.ok(performance.now() - begun < SOON_MS);
      } finally {
        server.resume();
      }
      assert.deepEqual(windows.get({ windowId: window.id }), window);
      assert.equal((await windows.thaw({ windowId: window.id }, options)).status, 'verified');
    });

    it('hung in the middle of the work, PF-6001', async () => {
      const { server } = subject();
      const { store, windows, window } = await frozen();
      const hanging: Fetch = (input, init) => {
        if (input.endsWith('/v1/completions')) server.pause();
        return fetch(input, init);
      };
      const apiKey = () => Promise.resolve(server.apiKey);
      const endpoints = endpointsAt([server.url], { apiKey, fetch: hanging });
      const hasty = windowsOf(store, () => Promise.resolve(endpoints), patience);
      try {
        await assert.rejects(hasty.thaw({ windowId: window.id }, options), { code: 'PF-6001' });
      } finally {
        server.resume();
      }
      assert.deepEqual(windows.get({ windowId: window.id }), window);
    });

    it('with another key, PF-8001', async () => {
      const { store, window } = await frozen();
      const stranger = windowsOf(store, to(subject().server, 'wrong'));
      await assert.rejects(stranger.thaw({ windowId: window.id }, options), { code: 'PF-8001' });
      await assert.rejects(stranger.freeze({ messages: conversation(1) }), { code: 'PF-8001' });
    });

    it('at another address of the same server, PF-5003', async () => {
      const { store, window } = await frozen();
      const { url, apiKey } = subject().server;
      const lost = windowsOf(store, to({ url: `${url}/nowhere` }, apiKey));
      await assert.rejects(lost.thaw({ windowId: window.id }, options), {
        code: 'PF-5003',
        message: /has no \/v1/,
      });
      await assert.rejects(lost.freeze({ messages: conversation(1) }), { code: 'PF-5003' });
    });
  });
}
