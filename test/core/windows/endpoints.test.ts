import assert from 'node:assert/strict';
import { PermafrostError } from '../../../src/core/errors.ts';
import type { GenerationEvent } from '../../../src/core/vllm/generation.ts';
import type { Windows } from '../../../src/core/windows/windows.ts';
import type { Standin } from '../../vllm/standin/server.ts';
import type { StandinOptions } from '../../vllm/standin/settings.ts';
import { openStore } from '../store/openStore.ts';
import { conversation, endpointsAt, LONG, standinFor, windowsOf } from './openWindows.ts';
import { breakingOffThinking } from '../vllm/endpoints/breaksOffThinking.ts';

const messages = conversation(2);
const options = { replyTokens: 20 };

/** Nothing here is about how long servers are waited for, and a machine may be busy. */
const patience = { total: 60_000, control: 60_000, question: 10_000 };

async function openTwo(a: StandinOptions = {}, b: StandinOptions = {}) {
  const standins = await Promise.all([standinFor(a), standinFor(b)]);
  const store = openStore();
  const at = (...chosen: readonly Standin[]): Windows => {
    const endpoints = endpointsAt(
      chosen.map(({ url }) => url),
      { rest: LONG },
    );
    return windowsOf(store, () => Promise.resolve(endpoints), patience);
  };
  return { a: standins[0], b: standins[1], store, at, windows: at(...standins) };
}

const completions = ({ received }: Standin) =>
  received.filter(({ path }) => path === '/v1/completions').length;

describe('windows with several endpoints', () => {
  it('are thawed where they were frozen, whose cache has them, and the reason is told', async () => {
    const { b, at, windows } = await openTwo();
    const { id, endpoint } = await at(b).freeze({ messages });
    assert.equal(endpoint, b.url);
    const thawed = await windows.thaw({ windowId: id }, options);
    assert.deepEqual([thawed.status, thawed.endpoint], ['verified', b.url]);
    assert.match(thawed.reasons.join(), new RegExp(`${b.url} was chosen: it is the one that had the blocks`));
    const { cache } = await windows.status({ windowId: id }, true);
    assert.equal(cache?.blocksFound, cache?.blocksExpected);
    assert.match(cache?.reasons.join() ?? '', /it is the one that had the blocks/);
  });

  it('are thawed where they were thawed last, which has them too', async () => {
    const { a, b, at, windows } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    await at(b).thaw({ windowId: id }, options);
    const { endpoint, reasons } = await windows.thaw({ windowId: id }, options);
    assert.equal(endpoint, b.url);
    assert.match(reasons.join(), /it was the last to have the blocks/);
  });

  it('are not looked for where other conversations without a salt were', async () => {
    const { a, b, at, windows } = await openTwo();
    const unsalted = async (standin: Standin) => {
      const { model, url: endpoint } = standin;
      const session = windows.sessions.start({ model, endpoint, salt: '' }, { messages });
      return at(standin).freeze({ sessionId: session.id });
    };
    const { id } = await unsalted(a);
    await unsalted(b);
    const { reasons } = await windows.thaw({ windowId: id }, options);
    assert.doesNotMatch(reasons.join(), /the blocks|computed at/);
  });

  it('tell at which endpoint they were frozen, and why, in their notes', async () => {
    const { b, windows } = await openTwo({ model: 'llama' }, { model: 'qwen' });
    const window = await windows.freeze({ messages, model: 'qwen' });
    assert.equal(window.endpoint, b.url);
    const { notes } = windows.get({ windowId: window.id });
    assert.match(notes.join(), new RegExp(`When it was frozen: .*${b.url} was chosen`));
  });

  it('are frozen and thawed without a word about it where there is one', async () => {
    const { a, at } = await openTwo();
    const windows = at(a);
    const { id, notes } = await windows.freeze({ messages });
    assert.deepEqual(notes, []);
    assert.deepEqual((await windows.thaw({ windowId: id }, options)).reasons, []);
  });

  it('are thawed at another endpoint when theirs is gone: computed again, and that is said', async () => {
    const { a, b, at, windows } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    await a.close();
    const thawed = await windows.thaw({ windowId: id }, options);
    assert.deepEqual([thawed.endpoint, thawed.status, thawed.cachedTokens], [b.url, 'token_exact', 0]);
    assert.match(thawed.reasons.join(), new RegExp(`${a.url} was left out: .*cannot be reached`));
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified', 'it has the blocks now');
  });

  it('are said to be at another server when they never were at this one, which lost nothing of them', async () => {
    const { a, b, at } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    const { cache } = await at(b).status({ windowId: id }, true);
    const checked = cache?.reasons.join(' ') ?? '';
    assert.ok(checked.includes(`in the server's cache (computed at ${a.url}, not here).`), checked);
    const { reasons } = await at(b).thaw({ windowId: id }, options);
    assert.match(reasons.join(), /the rest was computed at .*, not here\); it computed what was not there/);
    b.cache.clear();
    const again = await at(b).thaw({ windowId: id }, options);
    assert.match(again.reasons.join(), /cache \(evicted, or the server was restarted\)/);
  });

  it('are thawed at another endpoint when theirs breaks off before a part of an answer was handed on', async () => {
    const { a, b, at, windows } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    a.faults.set({ kind: 'streamReset', after: 0 }, { path: '/v1/completions' });
    const events: GenerationEvent[] = [];
    const thawed = await windows.thaw(
      { windowId: id },
      { ...options, continueWith: 'And then?', onEvent: (event) => events.push(event) },
    );
    assert.equal(thawed.endpoint, b.url);
    assert.match(thawed.reasons.join(), new RegExp(`${a.url} failed: .*closed the connection`));
    assert.ok(events.length > 0 && (thawed.reply?.text ?? '') !== '');
    assert.equal(windows.get({ windowId: id }).thawCount, 1);
  });

  it('are thawed at another endpoint when theirs hangs in the middle, once it was waited for', async () => {
    const { a, b, at, store } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    a.faults.set({ kind: 'hang' }, { path: '/v1/completions' });
    const endpoints = endpointsAt([a.url, b.url]);
    const shorter = { ...patience, total: 3_000, question: 2_000 };
    const hasty = windowsOf(store, () => Promise.resolve(endpoints), shorter);
    const thawed = await hasty.thaw({ windowId: id }, options);
    assert.equal(thawed.endpoint, b.url);
    assert.match(thawed.reasons.join(), new RegExp(`${a.url} failed: Waiting for tokens`));
  });

  it('are not thawed anywhere else once a part of an answer was handed on', async () => {
    const { a, b, at, windows } = await openTwo();
    const { id } = await at(a).freeze({ messages });
    const events: GenerationEvent[] = [];
    const onEvent = (event: GenerationEvent) => events.push(event);
    a.faults.set({ kind: 'streamReset', after: 3 }, { path: '/v1/completions' });
    const thawing = windows.thaw({ windowId: id }, { ...options, continueWith: 'And then?', onEvent });
    await assert.rejects(thawing, { code: 'PF-5007' });
    assert.ok(events.length > 0);
    assert.equal(completions(b), 0);
    assert.equal(windows.get({ windowId: id }).thawCount, 0);
  });

  it('are thawed at another endpoint when one breaks off while the model thinks, which nobody was shown', async () => {
    const { a, b, store } = await openTwo();
    const { id } = await windowsOf(store, windowsNowhere).freeze({ messages });
    const endpoints = endpointsAt([a.url, b.url], { fetch: breakingOffThinking() });
    const windows = windowsOf(store, () => Promise.resolve(endpoints), patience);
    const events: GenerationEvent[] = [];
    const onEvent = (event: GenerationEvent) => events.push(event);
    const { reply } = await windows.thaw(
      { windowId: id },
      { ...options, continueWith: 'And then?', onEvent },
    );
    assert.equal(events[0]?.kind, 'reasoning');
    const texts = events.map((event) => (event.kind === 'text' ? event.text : ''));
    assert.equal(texts.join(''), reply?.text);
  });

  it('are refused by name when no endpoint has their model any more', async () => {
    const { a, b, at, store } = await openTwo({ root: 'weights/one' }, { root: 'weights/two' });
    const { id } = await at(a).freeze({ messages });
    const others = await standinFor({ root: 'weights/three' });
    const endpoints = endpointsAt([b.url, others.url]);
    const windows = windowsOf(store, () => Promise.resolve(endpoints));
    await assert.rejects(windows.thaw({ windowId: id }, options), { code: 'PF-7002' });
    assert.equal(completions(b) + completions(others), 0);
  });

  it('are handed on as text when every endpoint is gone, if that is all there is', async () => {
    const { a, b, windows, store } = await openTwo();
    const { id } = await windowsOf(store, windowsNowhere).freeze({ messages });
    await Promise.all([a.close(), b.close()]);
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'text_only');
  });
});

const windowsNowhere = () => Promise.reject(new PermafrostError('PF-5001', 'none'));
