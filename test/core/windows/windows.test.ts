import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { referencedBlobs } from '../../../src/core/store/referencedBlobs.ts';
import type { Store } from '../../../src/core/store/store.ts';
import type { Windows } from '../../../src/core/windows/windows.ts';
import { openStore } from '../store/openStore.ts';
import { clientOf, asks, conversation, nowhere, openWindows, windowsOf } from './openWindows.ts';
import { complete } from '../../vllm/whole.ts';

const options = { replyTokens: 20 };

async function someWindows() {
  const { windows, store } = await openWindows();
  const freeze = (text: string, turns: number, facts: object) =>
    windows.freeze({ messages: [asks(text), ...conversation(turns)] }, facts);
  await freeze('The glacier of Aletsch', 1, { name: 'Alps', tags: ['ice', 'high'] });
  await freeze('ÉCLAIRS in the oven', 3, { name: 'bakery', description: 'Sweet things', tags: ['warm'] });
  await freeze('Icebergs', 2, { name: 'Sea', tags: ['ice'] });
  await windowsOf(store, nowhere).freeze({ messages: [asks('Text')], model: 'tiny' }, { name: 'Words' });
  const names = (query: object) => windows.list({ limit: 10, ...query }).windows.map(({ name }) => name);
  return { windows, store, names };
}

describe('the list of windows', () => {
  it('begins with the last frozen, and can be sorted otherwise', async () => {
    const { windows, names } = await someWindows();
    await windows.thaw({ name: 'bakery' }, options);
    await windows.thaw({ name: 'Alps' }, options);
    assert.deepEqual(names({}), ['Words', 'Sea', 'bakery', 'Alps']);
    assert.deepEqual(names({ order: 'asc' }), ['Alps', 'bakery', 'Sea', 'Words']);
    assert.deepEqual(names({ sort: 'name' }), ['Alps', 'bakery', 'Sea', 'Words']);
    assert.deepEqual(names({ sort: 'tokens' }), ['bakery', 'Sea', 'Alps', 'Words']);
    assert.deepEqual(names({ sort: 'thawed' }).slice(0, 2), ['Alps', 'bakery']);
  });

  it('is filtered by model, by all of the tags, and by words', async () => {
    const { names } = await someWindows();
    assert.deepEqual(names({ model: 'tiny' }), ['Words']);
    assert.deepEqual(names({ tags: ['ice'] }), ['Sea', 'Alps']);
    assert.deepEqual(names({ tags: ['ice', 'high'] }), ['Alps']);
    assert.deepEqual(names({ query: 'aletsch GLACIER' }), ['Alps']);
    assert.deepEqual(names({ query: 'éclairs' }), ['bakery']);
    assert.deepEqual(names({ query: 'sweet' }), ['bakery']);
    assert.deepEqual(names({ query: 'glacier oven' }), []);
    assert.deepEqual(names({ query: 'word '.repeat(400) }), ['Words']);
    assert.deepEqual(names({ query: "100% '_\\" }), []);
  });

  it('is filtered by state and by the time of freezing', async () => {
    const { windows, names } = await someWindows();
    await windows.thaw({ name: 'Sea' }, options);
    windows.archive({ name: 'bakery' });
    assert.deepEqual(names({ state: 'thawed' }), ['Sea']);
    assert.deepEqual(names({ state: 'frozen' }), ['Words', 'Alps']);
    assert.deepEqual(names({ state: 'archived' }), ['bakery']);
    const { frozenAt } = windows.get({ name: 'Alps' });
    assert.deepEqual(names({ until: frozenAt - 1 }), []);
    assert.ok(names({ until: frozenAt }).includes('Alps') && names({ since: frozenAt }).includes('Alps'));
    assert.deepEqual(names({ since: Date.now() + 1_000 }), []);
  });

  it('comes in pages that miss and repeat nothing while windows come and go', async () => {
    for (const sort of ['frozen', 'thawed', 'name', 'tokens'] as const) {
      const { windows } = await someWindows();
      const first = windows.list({ sort, limit: 2 });
      await windows.freeze({ messages: [asks('New')] }, { name: 'New' });
      windows.archive({ windowId: first.windows[0]?.id ?? '' });
      const rest = windows.list({ sort, limit: 9, cursor: first.nextCursor });
      const seen = [...first.windows, ...rest.windows]
        .map(({ name }) => name)
        .filter((name) => name !== 'New');
      assert.deepEqual(seen.toSorted(), ['Alps', 'Sea', 'Words', 'bakery']);
      assert.equal(first.total, 4);
      assert.throws(() => windows.list({ sort, tags: ['ice'], limit: 2, cursor: first.nextCursor }), {
        code: 'PF-1001',
      });
    }
  });

  it('comes in pages that together are every window that did not change, once and in order', async () => {
    const { windows } = await alone(12);
    const sorts = fc.constantFrom('frozen', 'thawed', 'name', 'tokens' as const);
    const move = fc.tuple(fc.constantFrom('rename', 'archive', 'clone', 'thaw'), fc.nat({ max: 20 }));
    const pages = fc.record({
      sort: sorts,
      limit: fc.integer({ min: 1, max: 5 }),
      moves: fc.array(move, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        pages,
        fc.constantFrom('asc', 'desc' as const),
        async ({ sort, limit, moves }, order) => {
          const before = windows.list({ sort, order, limit: 500 }).windows;
          const touched = new Set<string>();
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let page = 0; page === 0 || cursor !== undefined; page++) {
            const { windows: rows, nextCursor } = windows.list({ sort, order, limit, cursor });
            seen.push(...rows.map(({ id }) => id));
            cursor = nextCursor;
            const [how, which] = moves[page] ?? [];
            const id = before[(which ?? 0) % before.length]?.id;
            if (how !== undefined && id !== undefined)
              (await moved(windows, how, id)).forEach((each) => touched.add(each));
          }
          const still = before.map(({ id }) => id).filter((id) => !touched.has(id));
          assert.deepEqual(
            seen.filter((id) => still.includes(id)),
            still,
          );
          windows.unarchive([...touched]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

let moves = 0;

/** Text alone, so that nothing waits for a server. */
async function alone(count: number) {
  const windows = windowsOf(openStore(), nowhere);
  for (let at = 0; at < count; at++)
    await windows.freeze({ messages: [asks(`Question ${at}`)] }, { name: `${'bAcD'[at % 4]} ${at}` });
  return { windows };
}

/** Does something to a window; gives the ids of all that it changed. */
async function moved(windows: Windows, how: string, windowId: string): Promise<readonly string[]> {
  const name = `moved ${++moves}`;
  if (how === 'rename') windows.change({ windowId }, { name });
  else if (how === 'clone') windows.clone({ windowId }, { name });
  else if (how === 'thaw') await windows.thaw({ windowId }, options);
  else return windows.archive({ windowId }, { cascade: true });
  return [windowId];
}

describe('deleting a window', () => {
  it('takes it from the list and frees its name, while its id still finds and thaws it', async () => {
    const { windows, names } = await someWindows();
    const [id = ''] = windows.archive({ name: 'Sea' });
    assert.deepEqual(names({}), ['Words', 'bakery', 'Alps']);
    assert.throws(() => windows.get({ name: 'Sea' }), { code: 'PF-2003' });
    assert.equal(windows.get({ windowId: id }).archived, true);
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
    await windows.freeze({ messages: [asks('Again')] }, { name: 'Sea' });
    assert.deepEqual(windows.archive({ windowId: id }), [id]);
  });

  it('for good leaves nothing of it in any process', async () => {
    const { windows, store } = await someWindows();
    const [id = ''] = windows.deleteForGood({ name: 'Sea' }).windows;
    const other = windowsOf(openStore(store.directory), nowhere);
    assert.throws(() => other.get({ windowId: id }), { code: 'PF-2003' });
    assert.throws(() => windows.deleteForGood({ windowId: id }), { code: 'PF-2003' });
  });

  const where = { model: 'tiny', endpoint: 'http://127.0.0.1:8000' };
  const blobsOf = (store: Store) => store.read((view) => referencedBlobs(view))?.size;

  it('leaves nothing of the conversation when it is for good, large as it is', async () => {
    const store = openStore();
    const windows = windowsOf(store, nowhere);
    const { id: sessionId } = windows.sessions.start(where, { messages: conversation(300) });
    await windows.freeze({ sessionId }, { name: 'Long' });
    assert.notEqual(blobsOf(store), 0);
    const { deletedSessions, keptSessions } = windows.deleteForGood({ name: 'Long' });
    assert.deepEqual([deletedSessions, keptSessions], [[sessionId], []]);
    assert.throws(() => windows.sessions.get(sessionId), { code: 'PF-2004' });
    assert.equal(blobsOf(store), 0);
    assert.equal(store.read((view) => view.first('SELECT count(*) AS n FROM session_turns'))?.['n'], 0);
  });

  it('takes no session that can go on, that another window was made of, or that is being answered', async () => {
    const { windows, standin } = await openWindows();
    windows.autoFreeze.configure({ enabled: true });
    const here = { model: standin.model, endpoint: standin.url };
    const begin = () => windows.sessions.start(here, { messages: conversation(2) }).id;
    const [active, checkpointed, answering] = [begin(), begin(), begin()];
    await windows.freeze({ sessionId: active }, { name: 'Active' });
    windows.archive({ name: 'Active' });
    await windows.autoFreeze.run({ sessions: { ids: [checkpointed] }, stopping: true });
    await windows.freeze({ sessionId: checkpointed }, { name: 'Checkpointed' });
    await windows.freeze({ sessionId: answering }, { name: 'Answering' });
    const thawed = [1, 2].map(() => windows.thaw({ name: 'Answering' }, options));
    const [first, second] = (await Promise.all(thawed)).map(({ sessionId }) => sessionId ?? '');
    await windows.freeze({ sessionId: second ?? '' }, { name: 'Refrozen' });
    const [archived] = windows.list({ state: 'archived', limit: 9 }).windows;
    const deletions = [
      windows.deleteForGood({ windowId: archived?.id ?? '' }),
      windows.deleteForGood({ name: 'Checkpointed' }),
      await windows.sessions.answering(answering, async () => windows.deleteForGood({ name: 'Answering' })),
    ];
    assert.deepEqual(
      deletions.map(({ deletedSessions, keptSessions }) => [deletedSessions, keptSessions]),
      [
        [[], [active]],
        [[], [checkpointed]],
        [[], [answering, first, second]],
      ],
    );
    assert.deepEqual(
      [active, checkpointed, answering, first, second].map((id) => windows.sessions.get(id ?? '').state),
      ['active', 'active', 'active', 'thawed', 'frozen'],
    );
  });

  it('names the sessions that branched off from it, which have what was said in it too', async () => {
    const { windows, standin } = await openWindows();
    const here = { model: standin.model, endpoint: standin.url };
    const messages = conversation(2);
    const first = windows.sessions.start(here, { messages });
    await windows.freeze({ sessionId: first.id }, { name: 'Fox' });
    const branch = windows.sessions.recordTurn({ id: first.id, turnCount: 1 }, { messages: conversation(3) });
    const unsalted = ['Owl', 'Hare'].map(
      () => windows.sessions.start({ ...here, salt: '' }, { messages }).id,
    );
    await windows.freeze({ sessionId: unsalted[0] ?? '' }, { name: 'Owl' });
    const { deletedSessions, keptSessions } = windows.deleteForGood({ name: 'Fox' });
    assert.deepEqual([deletedSessions, keptSessions], [[first.id], [branch]]);
    assert.deepEqual(windows.deleteForGood({ name: 'Owl' }).keptSessions, []);
  });
});

describe('the status of a window', () => {
  it('shows where it comes from and what came of it', async () => {
    const { windows } = await openWindows();
    const parent = await windows.freeze({ messages: conversation(2) }, { name: 'Parent' });
    const thawed = await windows.thaw({ name: 'Parent' }, options);
    const child = await windows.freeze({ sessionId: thawed.sessionId ?? '' }, { name: 'Child' });
    const above = (await windows.status({ name: 'Parent' }, false)).lineage;
    assert.deepEqual([above.parent, above.children], [null, [{ id: child.id, name: 'Child' }]]);
    assert.deepEqual(
      above.thawedSessions.map(({ id, state }) => [id, state]),
      [[thawed.sessionId, 'frozen']],
    );
    assert.equal(above.session?.id, parent.sessionId);
    const below = (await windows.status({ windowId: child.id }, false)).lineage;
    assert.deepEqual([below.parent, below.children], [{ id: parent.id, name: 'Parent' }, []]);
    windows.deleteForGood({ windowId: parent.id });
    assert.equal((await windows.status({ name: 'Child' }, false)).lineage.parent, null);
  });

  it('asks no server unless told to', async () => {
    const { windows, standin } = await openWindows();
    const { id } = await windows.freeze({ messages: conversation(2) });
    const asked = standin.received.length;
    assert.equal((await windows.status({ windowId: id }, false)).cache, null);
    assert.equal(standin.received.length, asked);
  });

  /** What a check finds and what it says that it cost. */
  async function check({ windows }: Awaited<ReturnType<typeof openWindows>>, id: string) {
    const { cache } = await windows.status({ windowId: id }, true);
    const [, sent, requests, computed] =
      /sent (\d+) tokens in (\d+) request.*computed (\d+)/.exec(cache?.reasons.join(' ') ?? '') ?? [];
    assert.ok(cache);
    return { ...cache, sent: Number(sent), requests: Number(requests), computed: Number(computed) };
  }

  it('tells that the server has all of it, at the cost of a token for each doubling', async () => {
    const opened = await openWindows();
    const { id, promptTokens } = await opened.windows.freeze({ messages: conversation(30) });
    const found = await check(opened, id);
    assert.ok(promptTokens !== null && promptTokens > 16 * 16);
    assert.equal(found.promptTokens, promptTokens);
    assert.equal(found.blocksFound, found.blocksExpected);
    assert.equal(found.cachedTokens, 16 * (found.blocksFound ?? 0));
    const localCompute = promptTokens - (found.cachedTokens ?? 0);
    assert.deepEqual(found.promptTokensBySource, {
      localCacheHit: found.cachedTokens,
      externalKvTransfer: 0,
      localCompute,
    });
    assert.ok(found.requests > 1 && found.computed < found.requests * 16 + 1, JSON.stringify(found));
    assert.equal(opened.windows.get({ windowId: id }).thawCount, 0);
  });

  it('tells that the server has nothing of it, and leaves it so but for eight blocks', async () => {
    const opened = await openWindows();
    const { id } = await opened.windows.freeze({ messages: conversation(30) });
    opened.standin.cache.clear();
    const cold = await check(opened, id);
    assert.deepEqual([cold.cachedTokens, cold.blocksFound, cold.requests], [0, 0, 1]);
    assert.equal(cold.computed, 8 * 16 + 1);
    // What it said of these few tokens is not so of all.
    assert.deepEqual([cold.promptTokensBySource, cold.timeToFirstTokenMs], [null, null]);
    assert.equal(cold.endpoint, opened.standin.url);
    assert.match(cold.reasons.join(), /None of its \d+ blocks was in the server's cache \(evicted/);
    assert.equal((await check(opened, id)).blocksFound, 8);
  });

  it('tells how much of its beginning is left', async () => {
    const opened = await openWindows();
    const { standin, store, windows } = opened;
    const { id, promptTokens, tokenIds, salt } = await windows.freeze({ messages: conversation(30) });
    standin.cache.clear();
    const client = await clientOf(standin);
    const prompt = tokenIds?.slice(0, 20 * 16 + 5) ?? [];
    await complete(client, { model: standin.model, prompt, maxTokens: 1, cacheSalt: salt });
    const part = await check(opened, id);
    assert.deepEqual([part.cachedTokens, part.blocksFound], [20 * 16, 20]);
    assert.ok(part.computed <= 20 * 16 && part.sent < 2 * (promptTokens ?? 0), JSON.stringify(part));
    assert.equal(store.read((view) => view.all('SELECT * FROM sessions')).length, 1);
  });

  it('tells it by the counters of a server that does not say it', async () => {
    const opened = await openWindows({ promptTokensDetails: false });
    const { id } = await opened.windows.freeze({ messages: conversation(30) });
    const found = await check(opened, id);
    assert.equal(found.cachedTokensSource, 'metrics');
    assert.equal(found.blocksFound, found.blocksExpected);
  });

  it('has nothing to ask a server for when it holds text alone', async () => {
    const { windows } = await someWindows();
    await assert.rejects(windows.status({ name: 'Words' }, true), { code: 'PF-3003', message: /no tokens/ });
  });
});
