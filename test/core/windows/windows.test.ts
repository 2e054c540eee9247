import assert from 'node:assert/strict';
import { openStore } from '../store/openStore.ts';
import { asks, conversation, nowhere, openWindows, windowsOf } from './openWindows.ts';

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
});

describe('deleting a window', () => {
  it('takes it from the list and frees its name, while its id still finds and thaws it', async () => {
    const { windows, names } = await someWindows();
    const id = windows.archive({ name: 'Sea' });
    assert.deepEqual(names({}), ['Words', 'bakery', 'Alps']);
    assert.throws(() => windows.get({ name: 'Sea' }), { code: 'PF-2003' });
    assert.equal(windows.get({ windowId: id }).archived, true);
    assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
    await windows.freeze({ messages: [asks('Again')] }, { name: 'Sea' });
    assert.equal(windows.archive({ windowId: id }), id);
  });

  it('for good leaves nothing of it in any process', async () => {
    const { windows, store } = await someWindows();
    const id = windows.deleteForGood({ name: 'Sea' });
    const other = windowsOf(openStore(store.directory), nowhere);
    assert.throws(() => other.get({ windowId: id }), { code: 'PF-2003' });
    assert.throws(() => windows.deleteForGood({ windowId: id }), { code: 'PF-2003' });
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

  it('tells what the server has of it, and that asking warmed it', async () => {
    const { windows, standin } = await openWindows();
    const { id, promptTokens } = await windows.freeze({ messages: conversation(2) });
    standin.cache.clear();
    const cold = (await windows.status({ windowId: id }, true)).cache;
    const warm = (await windows.status({ windowId: id }, true)).cache;
    assert.deepEqual([cold?.cachedTokens, cold?.blocksFound], [0, 0]);
    assert.equal(warm?.blocksFound, warm?.blocksExpected);
    assert.match(
      cold?.reasons.join() ?? '',
      new RegExp(`sent all ${promptTokens} tokens.*has them cached now`),
    );
    assert.equal(windows.get({ windowId: id }).thawCount, 0);
  });

  it('has nothing to ask a server for when it holds text alone', async () => {
    const { windows } = await someWindows();
    await assert.rejects(windows.status({ name: 'Words' }, true), { code: 'PF-3003', message: /no tokens/ });
  });
});
