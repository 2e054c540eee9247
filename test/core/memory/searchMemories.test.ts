import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { blobFiles } from '../log/blobPlaces.ts';
import { openMemories } from './openMemories.ts';

/** The one file that holds large content. */
function blobFile({ store }: ReturnType<typeof openMemories>): string {
  return blobFiles(store.directory)[0] ?? assert.fail('there is none');
}

describe('a search where large content is damaged', () => {
  const content = `It is cold. ${'The walrus sleeps. '.repeat(1_000)}`;

  it('says so in place of its passage, until the file is put back, without any commit', () => {
    const opened = openMemories();
    opened.memories.create([{ title: 'ice', content }]);
    const search = () => opened.search.search({ query: 'walrus', limit: 10 }).results[0]?.snippet ?? '';
    assert.match(search(), /The walrus sleeps/);
    const [file, whole] = [blobFile(opened), readFileSync(blobFile(opened))];
    writeFileSync(file, 'nothing');
    opened.memories.create([{ title: 'another', content: '' }]);
    assert.match(search(), /its content is damaged/);
    writeFileSync(file, whole);
    assert.match(search(), /The walrus sleeps/);
  });

  it('says how many were searched by their titles alone, until the file is put back, without any commit', () => {
    const first = openMemories();
    first.memories.create([{ title: 'ice', content }]);
    const [file, whole] = [blobFile(first), readFileSync(blobFile(first))];
    writeFileSync(file, 'nothing');
    const { search } = openMemories(first.store.directory);
    const found = () => {
      const { total, unread } = search.search({ query: 'walrus', limit: 10 });
      return { total, unread };
    };
    assert.deepEqual(found(), { total: 0, unread: 1 });
    writeFileSync(file, whole);
    assert.deepEqual(found(), { total: 1, unread: 0 });
  });
});

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
