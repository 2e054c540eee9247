import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { MemoryIndex } from '../../../src/core/memory/memoryIndex.ts';
import { pack } from '../../../src/core/memory/search/packing.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import type { SqlReader } from '../../../src/core/store/sqlView.ts';
import { seal } from '../store/checkpoints.ts';
import { engine } from '../store/engine.ts';
import { blobFiles } from '../log/blobPlaces.ts';
import { openMemories } from './openMemories.ts';

type Opened = ReturnType<typeof openMemories>;

/** Stands where no row may be read. */
const UNREADABLE: SqlReader = {
  all: () => assert.fail('rows are read'),
  first: () => assert.fail('a row is read'),
};

const LARGE = 'filler '.repeat(2_000);

function kept({ store }: Opened): Uint8Array {
  return store.read((view) => new MemoryIndex(store.blobs).keep(view));
}

/** An index that follows the store from now on. */
function indexOf({ store }: Opened, bytes?: Uint8Array): MemoryIndex {
  const index = new MemoryIndex(store.blobs);
  if (bytes !== undefined) assert.ok(index.restore(bytes));
  store.follow(index);
  return index;
}

function titlesFound({ store }: Opened, index: MemoryIndex, query: string): string[] {
  return store.read((view) => {
    const { hits } = index.upToDate(view).search(query, { limit: 10 });
    const found = hits.map(({ rowid }) => view.first('SELECT title FROM memories WHERE row = ?', [rowid]));
    return found.map((row) => String(row?.['title'])).toSorted();
  });
}

/** Makes the snapshot that a checkpoint wants, with the index beside it. */
function checkpoint({ store }: Opened): void {
  seal(store.directory);
  assert.equal(
    makeSnapshots(store.directory, engine, nodeFiles, (blobs) => [new MemoryIndex(blobs)]),
    1,
  );
}

describe('the index of memories', () => {
  it('is restored without reading a row', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'walrus', content: 'on the ice' }]);
    const index = new MemoryIndex(opened.store.blobs);
    assert.ok(index.restore(kept(opened)));
    assert.equal(index.upToDate(UNREADABLE).search('walrus ice', { limit: 5 }).total, 1);
  });

  it('takes in what changed since it was kept, told before or after it is restored', () => {
    const opened = openMemories();
    const { memories, store } = opened;
    const { created } = memories.create([
      { title: 'walrus', content: '' },
      { title: 'seal', content: '' },
      { title: 'bear', content: '' },
    ]);
    const bytes = kept(opened);
    const early = indexOf(opened);
    const late = indexOf(opened, bytes);
    memories.update(created[0]?.id ?? '', { title: 'whale' });
    memories.deleteForGood([created[1]?.id ?? '']);
    memories.create([{ title: 'fox', content: '' }]);
    assert.ok(early.restore(bytes));
    for (const index of [early, late]) {
      assert.deepEqual(titlesFound(opened, index, 'walrus seal'), []);
      assert.deepEqual(titlesFound(opened, index, 'whale bear fox'), ['bear', 'fox', 'whale']);
    }
    assert.equal(store.problems.length, 0);
  });

  it('is built from all rows, however many, when there is nothing to restore', () => {
    const opened = openMemories();
    const many = Array.from({ length: 1_201 }, (_, at) => ({ title: `ice ${at}`, content: '' }));
    for (let from = 0; from < many.length; from += 500) opened.memories.create(many.slice(from, from + 500));
    const index = indexOf(opened);
    assert.equal(
      opened.store.read((view) => index.upToDate(view).search('ice', { limit: 1 }).total),
      1_201,
    );
  });

  it('begins again from nothing after a reset', () => {
    const opened = openMemories();
    const index = indexOf(opened, kept(opened));
    opened.memories.create([{ title: 'walrus', content: '' }]);
    index.reset();
    assert.equal(index.hasBegun, false);
    assert.deepEqual(titlesFound(opened, index, 'walrus'), ['walrus']);
  });

  it('forgets what it took in during a transaction that was taken back', () => {
    const opened = openMemories();
    const { created } = opened.memories.create([{ title: 'walrus', content: '' }]);
    const { search, store } = opened;
    const total = (query: string) => search.search({ query, limit: 5 }).total;
    assert.equal(total('walrus'), 1);
    assert.throws(
      () =>
        store.write((tx) => {
          tx.run('UPDATE memories SET title = ? WHERE id = ?', ['whale', created[0]?.id ?? '']);
          assert.equal(total('whale'), 1);
          throw new Error('taken back');
        }),
      /taken back/,
    );
    assert.deepEqual([total('whale'), total('walrus')], [0, 1]);
  });

  it('has a memory whose blob is damaged by its title, and all of it once the blob is back', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'large', content: `${LARGE} walrus` }]);
    const [blob = ''] = blobFiles(opened.store.directory);
    fs.renameSync(blob, `${blob}.away`);
    const bytes = kept(opened);
    const without = indexOf(opened, bytes);
    assert.deepEqual(titlesFound(opened, without, 'large'), ['large']);
    assert.deepEqual(titlesFound(opened, without, 'walrus'), []);
    fs.renameSync(`${blob}.away`, blob);
    const mended = new MemoryIndex(opened.store.blobs);
    assert.ok(mended.restore(bytes));
    assert.deepEqual(titlesFound(opened, mended, 'walrus'), ['large']);
  });

  it('refuses bytes that are cut short or damaged anywhere, and then is as it was', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'walrus', content: 'on the ice' }]);
    const whole = kept(opened);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const bytes = cut ? whole.slice(0, at) : Uint8Array.from(whole);
        if (!cut) bytes[at] = value;
        const index = new MemoryIndex(opened.store.blobs);
        assert.equal(index.restore(bytes), index.hasBegun);
        if (cut) assert.equal(index.hasBegun, false);
      }),
    );
  });

  it('refuses what another version kept', () => {
    const opened = openMemories();
    const index = new MemoryIndex(opened.store.blobs);
    assert.equal(index.restore(pack(Uint8Array.of(0, 99))), false);
    assert.equal(index.hasBegun, false);
  });
});

describe('a snapshot with the index beside it', () => {
  it('lets another process search without reading the contents again', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'large', content: `${LARGE} walrus` }]);
    checkpoint(opened);
    for (const blob of blobFiles(opened.store.directory)) fs.rmSync(blob);
    assert.equal(openMemories(opened.store.directory).search.search({ query: 'walrus', limit: 5 }).total, 1);
  });

  it('goes on from the one before, and from what was committed between them', () => {
    const opened = openMemories();
    const { memories, store } = opened;
    const { created } = memories.create([
      { title: 'walrus', content: '' },
      { title: 'large', content: `${LARGE} bear` },
    ]);
    checkpoint(opened);
    for (const blob of blobFiles(opened.store.directory)) fs.rmSync(blob);
    memories.update(created[0]?.id ?? '', { title: 'whale' });
    checkpoint(opened);
    memories.create([{ title: 'fox', content: '' }]);
    const { search } = openMemories(store.directory);
    const totals = ['walrus', 'whale', 'bear', 'fox'].map(
      (query) => search.search({ query, limit: 5 }).total,
    );
    assert.deepEqual(totals, [0, 1, 1, 1]);
  });

  it('is searched as before after the view was let go', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'walrus', content: '' }]);
    checkpoint(opened);
    const { store, search, memories } = openMemories(opened.store.directory);
    for (let round = 1; round < 4; round++) {
      store.release();
      assert.equal(search.search({ query: 'walrus', limit: 5 }).total, round);
      memories.create([{ title: `walrus ${round}`, content: '' }]);
    }
  });

  it('is done without when it is damaged', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'walrus', content: '' }]);
    checkpoint(opened);
    const epochs = path.join(opened.store.directory, 'epochs');
    const views = fs.readdirSync(epochs, { recursive: true, encoding: 'utf8' });
    for (const file of views.filter((name) => name.endsWith('.view')))
      fs.writeFileSync(path.join(epochs, file), 'damaged');
    const { search, store } = openMemories(opened.store.directory);
    assert.equal(search.search({ query: 'walrus', limit: 5 }).total, 1);
    assert.equal(store.damagedSnapshots.length, 1);
  });
});
