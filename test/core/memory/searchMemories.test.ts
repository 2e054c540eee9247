import assert from 'node:assert/strict';
import { openMemories } from './openMemories.ts';

describe('searching memories', () => {
  it('finds forms of a word, titles before content, with the passage that fits', () => {
    const { memories, search } = openMemories();
    memories.create([
      { title: 'Deploying', content: 'Nothing of note. We run the migrations by hand before a deploy.' },
      { title: 'Database migrations', content: 'They are in src/db.' },
      { title: 'Unrelated', content: 'Nothing.' },
    ]);
    const { results, total } = search.search({ query: 'how do I migrate?', limit: 10 });
    assert.equal(total, 2);
    assert.deepEqual(
      results.map(({ title }) => title),
      ['Database migrations', 'Deploying'],
    );
    assert.match(results[1]?.snippet ?? '', /migrations by hand/);
  });

  it('applies filters before it ranks, so that a page is full when enough fit', () => {
    const { memories, search } = openMemories();
    memories.create(
      Array.from({ length: 50 }, (_, at) => ({
        title: `ice ${at}`,
        content: 'ice ice',
        tags: at % 10 === 0 ? ['rare'] : [],
      })),
    );
    const found = search.search({ query: 'ice', tags: ['rare'], limit: 5 });
    assert.equal(found.results.length, 5);
    assert.equal(found.total, 5);
  });

  it('limits to when it was last changed', () => {
    const { memories, search, clock } = openMemories();
    memories.create([{ title: 'early ice', content: '' }]);
    clock.now += 10_000;
    memories.create([{ title: 'late ice', content: '' }]);
    const titles = (times: object) =>
      search.search({ query: 'ice', limit: 5, ...times }).results.map(({ title }) => title);
    assert.deepEqual(titles({ since: clock.now }), ['late ice']);
    assert.deepEqual(titles({ until: clock.now - 1 }), ['early ice']);
  });

  it('follows every change that comes after the index was built', () => {
    const { memories, search } = openMemories();
    const total = (query: string) => search.search({ query, limit: 5 }).total;
    const { created } = memories.create([{ title: 'walrus', content: '' }]);
    const id = created[0]?.id ?? '';
    assert.equal(total('walrus'), 1);
    memories.update(id, { title: 'seal' });
    assert.equal(total('walrus'), 0);
    assert.equal(total('seal'), 1);
    memories.archive([id]);
    assert.equal(total('seal'), 0);
    memories.restore([id]);
    assert.equal(total('seal'), 1);
    memories.deleteForGood([id]);
    assert.equal(total('seal'), 0);
  });

  it('finds what begins with the last word while somebody types', () => {
    const { memories, search } = openMemories();
    const content = `${'Filling. '.repeat(100)}Retention is a year.${' More.'.repeat(100)}`;
    memories.create([{ title: 'Policy', content }]);
    assert.equal(search.search({ query: 'reten', limit: 5 }).total, 0);
    const { results, total } = search.search({ query: 'reten', limit: 5, prefix: true });
    assert.equal(total, 1);
    assert.match(results[0]?.snippet ?? '', /Retention is a year/);
  });
});
