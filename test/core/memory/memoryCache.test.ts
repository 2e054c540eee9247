import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import * as path from 'node:path';
import { MemoryCache } from '../../../src/core/memory/memoryCache.ts';
import { openMemories } from './openMemories.ts';

const LARGE = 'a long story '.repeat(2_000);

/** Memories of two processes, and the cache of the first, with little room. */
function open() {
  const one = openMemories();
  const two = openMemories(one.store.directory);
  const cache = new MemoryCache(one.store, {
    memories: { maxBytes: 4_000, maxEntryBytes: 4_000 },
    contents: { maxBytes: 100_000, maxEntryBytes: 50_000 },
  });
  const create = (title: string, content = '') =>
    one.memories.create([{ title, content }]).created[0]?.id ?? '';
  const title = (id: string) => cache.summaries([id])[0]?.title;
  return { one, two, cache, create, title };
}

describe('decoded memories', () => {
  it('are kept, until their own row changes', () => {
    const { two, cache, create, title } = open();
    const [a, b] = [create('a'), create('b')];
    for (const id of [a, b, a, b]) title(id);
    two.memories.update(a, { title: 'changed' });
    assert.deepEqual([title(a), title(b)], ['changed', 'b']);
    const { hits, misses } = cache.counts.memories;
    assert.deepEqual({ hits, misses }, { hits: 3, misses: 3 });
  });

  it('are followed after they were let go and taken in again', () => {
    const { two, cache, create, title } = open();
    const ids = Array.from({ length: 20 }, (_, at) => create(`title ${at}`));
    for (const id of [...ids, ...ids]) title(id);
    assert.ok(cache.counts.memories.evictions > 20);
    const last = ids.at(-1) ?? '';
    two.memories.update(last, { title: 'changed' });
    assert.equal(title(last), 'changed');
  });

  it('are not there any more when they were deleted for good', () => {
    const { two, create, title } = open();
    const id = create('a');
    title(id);
    two.memories.deleteForGood([id]);
    assert.equal(title(id), undefined);
  });

  it('are neither given nor taken in during a transaction, which may be taken back', () => {
    const { one, create, title } = open();
    const id = create('before');
    title(id);
    const rolledBack = () =>
      one.store.write((tx) => {
        tx.run('UPDATE memories SET title = ? WHERE id = ?', ['never', id]);
        assert.equal(title(id), 'never');
        throw new Error('taken back');
      });
    assert.throws(rolledBack, /taken back/);
    assert.equal(title(id), 'before');
  });

  it('are let go with the view', () => {
    const { one, cache, create, title } = open();
    const id = create('a', LARGE);
    cache.memories([id]);
    one.store.release();
    assert.deepEqual([cache.counts.memories.entries, cache.counts.contents.entries], [0, 0]);
    assert.equal(title(id), 'a');
  });

  it('cannot be changed by whoever gets them', () => {
    const { cache, create } = open();
    const id = create('a');
    const [summary] = cache.summaries([id]);
    assert.throws(() => Object.assign(summary ?? {}, { title: 'changed' }), TypeError);
    assert.throws(() => Object.assign(summary?.tags ?? [], { 0: 'changed' }), TypeError);
    const [memory] = cache.memories([id]);
    Object.assign(memory ?? {}, { title: 'changed' });
    assert.equal(cache.memories([id])[0]?.title, 'a');
  });

  it('have the content of a blob without reading it again, unless it is very large', () => {
    const { one, cache, create } = open();
    const [large, tooLarge] = [create('large', LARGE), create('too large', `${LARGE}${LARGE}`)];
    const contents = () => cache.memories([large, tooLarge]).map((memory) => memory?.content.length);
    assert.deepEqual(contents(), [LARGE.length, 2 * LARGE.length]);
    assert.equal(cache.counts.contents.entries, 1);
    rmSync(path.join(one.store.directory, 'blobs'), { recursive: true });
    assert.equal(cache.memories([large])[0]?.content, LARGE);
    assert.throws(() => cache.memories([tooLarge]), /PF-4003|missing/);
  });
});
