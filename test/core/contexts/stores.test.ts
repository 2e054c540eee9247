import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { contextIn, Stores } from '../../../src/core/contexts/stores.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { idFactory } from '../../../src/core/ids.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import { newestCommit } from '../log/newestCommit.ts';
import { openMemories } from '../memory/openMemories.ts';
import { logOf } from '../store/checkpoints.ts';
import { engine, temporaryContext, temporaryDirectory } from '../store/openStore.ts';

let stores: Stores;
/** Lets the time pass after which a context that was not used is let go. */
let pass: () => void;

beforeEach(() => {
  pass = () => assert.fail('nothing waits');
  stores = new Stores({
    now: Date.now,
    engine: () => Promise.resolve(engine),
    snapshotScript: '',
    snapshotFailed: (cause) => assert.fail(String(cause)),
    every: (_milliseconds, work) => {
      pass = work;
      return () => (pass = () => assert.fail('nothing waits any more'));
    },
  });
});

afterEach(() => stores.close());

/** A context with one memory, opened, and how often its view was loaded anew or let go. */
async function open() {
  const directory = temporaryContext();
  openMemories(directory).memories.create([{ title: 'a', content: '' }]);
  const store = await stores.open(directory);
  let resets = 0;
  store.follow({ rowChanged: () => {}, reset: () => (resets += 1) });
  const memories = new Memories(store, { now: Date.now, newId: idFactory() });
  const titles = () => memories.list({ limit: 10, sort: 'title' }).memories.map(({ title }) => title);
  return { directory, store, memories, titles, resets: () => resets };
}

describe('a context that nobody uses', () => {
  it('is let go after a while, with what is kept of it, and loaded again at the next use', async () => {
    const { directory, store, memories, titles, resets } = await open();
    titles();
    pass();
    assert.equal(resets(), 0);
    pass();
    assert.equal(resets(), 1);
    assert.equal(memories.cacheCounts.lists.entries, 0);
    pass();
    assert.equal(resets(), 1);
    openMemories(directory).memories.create([{ title: 'b', content: '' }]);
    assert.deepEqual(titles(), ['a', 'b']);
    assert.equal(await stores.open(directory), store);
  });

  it('can be written to at once', async () => {
    const { directory, store, memories, titles } = await open();
    store.release();
    memories.create([{ title: 'b', content: '' }]);
    assert.deepEqual(titles(), ['a', 'b']);
    assert.deepEqual(openMemories(directory).memories.list({ limit: 1 }).total, 2);
  });

  it('stays while it is read or written', async () => {
    const { memories, titles, resets } = await open();
    for (const use of [titles, () => memories.create([{ title: 'b', content: '' }]), titles]) {
      use();
      pass();
    }
    assert.equal(resets(), 0);
  });

  it('is not kept by those who wait for news, nor loaded for them, and they are told once that there is some', async () => {
    const { directory, store, titles, resets } = await open();
    const other = openMemories(directory);
    const seen = store.look();
    other.memories.create([{ title: 'b', content: '' }]);
    const later = store.look();
    assert.notEqual(later, seen);
    for (let minutes = 0; minutes < 3; minutes++) {
      pass();
      assert.equal(store.look(), later);
    }
    assert.equal(resets(), 1);
    other.memories.create([{ title: 'c', content: '' }]);
    const news = store.look();
    assert.notEqual(news, later);
    other.memories.create([{ title: 'd', content: '' }]);
    assert.equal(store.look(), news);
    assert.equal(resets(), 1);
    assert.deepEqual(titles(), ['a', 'b', 'c', 'd']);
  });

  it('stays as readable, and as read-only, when a newer Permafrost wrote to it', async () => {
    const { directory, store, memories, titles } = await open();
    const statements = [{ sql: "UPDATE memories SET title = 'of the future'", parameters: [] }];
    logOf(directory).tryAppend({ at: new Date().toISOString(), schema: migrations.length + 1, statements });
    for (const look of [() => {}, () => store.release()]) {
      look();
      assert.deepEqual(titles(), ['a']);
      assert.throws(() => memories.create([{ title: 'b', content: '' }]), { code: 'PF-4004' });
    }
  });

  it('says what is damaged once, however often it is loaded', async () => {
    const { directory, store, titles } = await open();
    openMemories(directory).memories.create([{ title: 'b', content: '' }]);
    writeFileSync(newestCommit(directory), 'damaged');
    store.release();
    assert.deepEqual(titles(), ['a']);
    store.release();
    assert.deepEqual(titles(), ['a']);
    assert.equal(store.problems.length, 1);
  });

  it('is not looked after any more when all is closed', async () => {
    await open();
    await stores.close();
    assert.throws(() => pass(), /nothing waits any more/);
  });
});

describe('a context in a directory that was named', () => {
  it('is made once', () => {
    const directory = temporaryDirectory();
    const made = contextIn(directory, { id: 'one', name: 'One', createdAt: new Date().toISOString() });
    assert.deepEqual(contextIn(directory, { ...made, id: 'two' }), made);
  });
});
