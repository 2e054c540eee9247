import assert from 'node:assert/strict';
import { PermafrostError } from '../../../src/core/errors.ts';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import type { FrozenWindow } from '../../../src/core/windows/window.ts';
import type { Thawed } from '../../../src/core/windows/thawed.ts';
import { asks, endpointsAt, says, to, windowsOf } from '../../core/windows/openWindows.ts';
import { until } from '../../core/vllm/endpoints/until.ts';
import { LastingContext } from './lasting.ts';
import type { Server, Start, Subject } from './subject.ts';

const HALF = 50;
const AT_WORK = 10;
const options = { replyTokens: 8 };
const LONG = 3_600_000;

/** Nothing here is about how long servers are waited for: two of them share the machine with all that is asked of them. */
const patience = { total: 240_000, control: 240_000, question: 120_000 };

/** What becomes of work on two servers when one of them is killed. The usual server is the other one. */
export function twoEndpointCases(subject: () => Subject, start: Start): void {
  describe('a hundred sessions at once on two endpoints, one of which is killed', function () {
    this.timeout(600_000);
    let context: LastingContext;
    let killed: Server;
    let frozen: readonly FrozenWindow[];
    let freezes: readonly PromiseSettledResult<FrozenWindow>[];
    let thaws: readonly PromiseSettledResult<Thawed>[];
    /** The windows of whose continuation a part was handed on. */
    const handedOn = new Set<string>();

    /** Windows at both, and how often the one that is killed was asked for tokens. */
    function windowsAtBoth() {
      const { server } = subject();
      const asked = { count: 0 };
      const counting: Fetch = (input, init) => {
        if (input === `${killed.url}/v1/completions`) asked.count++;
        return fetch(input, init);
      };
      const apiKey = () => Promise.resolve(server.apiKey);
      const rest = { first: LONG, longest: LONG };
      const { hashSeed } = server;
      const endpoints = endpointsAt([killed.url, server.url], { hashSeed, apiKey, rest, fetch: counting });
      return { asked, windows: windowsOf(context.store(), () => Promise.resolve(endpoints), patience) };
    }

    before(async () => {
      context = new LastingContext();
      killed = await start();
      const windowsAt = (server: Server) => windowsOf(context.store(), to(server, server.apiKey), patience);
      const [here, there] = [windowsAt(killed), windowsAt(subject().server)];
      frozen = await Promise.all(
        Array.from({ length: HALF }, (_, count) =>
          (count % 2 === 0 ? here : there).freeze({ messages: said(count) }),
        ),
      );

      const { asked, windows } = windowsAtBoth();
      const freezing = Array.from({ length: HALF }, (_, count) =>
        windows.freeze({ messages: said(HALF + count) }),
      );
      const thawing = frozen.map(({ id }, count) =>
        windows.thaw(
          { windowId: id },
          count % 5 === 0
            ? { ...options, continueWith: 'And then?', onEvent: () => handedOn.add(id) }
            : options,
        ),
      );
      const settled = Promise.all([Promise.allSettled(freezing), Promise.allSettled(thawing)]);
      await until(() => asked.count >= AT_WORK);
      await killed.kill();
      [freezes, thaws] = await settled;
    });
    after(() => context.remove());

    const done = () => thaws.flatMap((thaw) => (thaw.status === 'fulfilled' ? [thaw.value] : []));

    it('are all frozen, those it was asked for by the other one', () => {
      const windows = freezes.map((freeze) => {
        assert.ok(freeze.status === 'fulfilled', String(freeze.status === 'rejected' && freeze.reason));
        return freeze.value;
      });
      assert.equal(windows.length, HALF);
      const { windows: kept } = windowsAtBoth();
      for (const window of windows) assert.deepEqual(kept.get({ windowId: window.id }), window);
    });

    it('are all thawed, but for those of whose answer a part was handed on: these say that it broke off', () => {
      assert.equal(thaws.length, HALF);
      thaws.forEach((thaw, place) => {
        if (thaw.status === 'fulfilled') return;
        const error: unknown = thaw.reason;
        assert.ok(error instanceof PermafrostError, String(error));
        assert.ok(handedOn.has(frozen[place]?.id ?? ''), `nothing was handed on, yet ${error.sentence}`);
        assert.ok(['PF-5002', 'PF-5007'].includes(error.code), error.sentence);
      });
      for (const { status } of done()) assert.ok(status === 'verified' || status === 'token_exact', status);
    });

    it('met the end of it in the middle of their work', () => {
      const reasons = [
        ...done().flatMap((thaw) => thaw.reasons),
        ...freezes.flatMap((freeze) => (freeze.status === 'fulfilled' ? freeze.value.notes : [])),
      ];
      const broken = reasons.filter((reason) => reason.startsWith(`${killed.url} failed: `));
      assert.ok(broken.length + HALF - done().length > 0, 'nothing was under way there');
    });

    it('are all accounted for: each window, what it holds, its thaws and its sessions', () => {
      const { windows } = windowsAtBoth();
      assert.equal(windows.list({ limit: 500 }).total, 2 * HALF);
      assert.equal(windows.sessions.list({ limit: 500 }).total, 2 * HALF + done().length);
      frozen.forEach(({ id, tokenIds, messages }, place) => {
        const now = windows.get({ windowId: id });
        assert.deepEqual([now.tokenIds, now.messages], [tokenIds, messages]);
        assert.equal(now.thawCount, thaws[place]?.status === 'fulfilled' ? 1 : 0);
      });
    });

    it('are all thawed again at the one that is left, whose cache has them by then', async () => {
      const { windows } = windowsAtBoth();
      const all = windows.list({ limit: 500 }).windows;
      const again = () => Promise.all(all.map(({ id: windowId }) => windows.thaw({ windowId }, options)));
      await again();
      for (const { endpoint, status, reasons } of await again()) {
        assert.equal(endpoint, subject().server.url);
        assert.equal(status, 'verified', reasons.join(' '));
      }
    });
  });
}

function said(session: number) {
  return [
    asks(`Session ${session} asks how the context window keeps the snow cold in winter number ${session}.`),
    says(`It holds every block of the cache under the ice until session ${session} asks for it again.`),
  ];
}
