import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { AnswerCache } from '../../../src/core/memory/answerCache.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { newestCommit } from '../log/newestCommit.ts';
import { openStore } from '../store/openStore.ts';
import { openMemories } from './openMemories.ts';

const ROOM = { maxBytes: 100_000, maxEntryBytes: 10_000 };
const TITLES = 'SELECT title FROM memories ORDER BY row';

function titlesKeptBy(store: Store) {
  const cache = new AnswerCache<{ titles: string[] }>(store, ROOM);
  const ask = () =>
    cache.answer({}, (view) => ({ titles: view.all(TITLES).map((row) => String(row['title'])) }));
  return { cache, ask };
}

describe('answers that are kept', () => {
  it('are given again until any process commits anything', () => {
    const one = openMemories();
    const { cache, ask } = titlesKeptBy(one.store);
    assert.deepEqual([ask(), ask()], [{ titles: [] }, { titles: [] }]);
    openMemories(one.store.directory).memories.create([{ title: 'a', content: '' }]);
    assert.deepEqual([ask(), ask()], [{ titles: ['a'] }, { titles: ['a'] }]);
    const { hits, misses, entries } = cache.counts;
    assert.deepEqual({ hits, misses, entries }, { hits: 2, misses: 2, entries: 1 });
  });

  it('are of one state, also when another process commits while they are found', () => {
    const { store } = openMemories();
    const other = openMemories(store.directory);
    const cache = new AnswerCache<{ counts: readonly number[] }>(store, ROOM);
    const count = () => cache.answer({ count: 1 }, (view) => ({ counts: [view.all(TITLES).length] })).counts;
    const twice = (between: () => void) =>
      cache.answer({ count: 2 }, () => {
        const first = count();
        between();
        return { counts: [...first, ...count()] };
      });
    const before = twice(() => other.memories.create([{ title: 'meanwhile', content: '' }]));
    assert.deepEqual(before.counts, [0, 0]);
    assert.deepEqual(twice(() => {}).counts, [1, 1]);
  });

  it('are let go when the view is loaded anew: a commit that was damaged may be whole by now', () => {
    const { store, memories } = openMemories();
    memories.create([{ title: 'a', content: '' }]);
    memories.create([{ title: 'b', content: '' }]);
    const file = newestCommit(store.directory);
    const whole = readFileSync(file);
    writeFileSync(file, 'not a commit');
    const reader = openStore(store.directory);
    const { ask } = titlesKeptBy(reader);
    assert.deepEqual(ask(), { titles: ['a'] });
    const { position } = reader;
    writeFileSync(file, whole);
    reader.verify();
    assert.deepEqual(ask(), { titles: ['a', 'b'] });
    assert.equal(reader.position, position);
  });

  it('are neither given nor kept in a transaction, which may be taken back', () => {
    const { store } = openMemories();
    const { ask } = titlesKeptBy(store);
    ask();
    const rolledBack = () =>
      store.write((tx) => {
        tx.run(`INSERT INTO memories (id, title, tier, tags, content, size, version, change, created_at, updated_at, updated_commit)
                VALUES ('x', 'never', 'long_term', '[]', '', 0, 1, 'created', 0, 0, 0)`);
        assert.deepEqual(ask(), { titles: ['never'] });
        throw new Error('taken back');
      });
    assert.throws(rolledBack, /taken back/);
    assert.deepEqual(ask(), { titles: [] });
  });

  it('cannot be changed by whoever gets them', () => {
    const { ask } = titlesKeptBy(openMemories().store);
    assert.throws(() => ask().titles.push('changed'), TypeError);
    assert.throws(() => ask().titles.push('changed'), TypeError);
  });
});
