import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type SearchDocument,
  SearchIndex,
  type SearchOptions,
} from '../../../../src/core/memory/search/searchIndex.ts';

function note(rowid: number, content: string, more: Partial<SearchDocument> = {}): SearchDocument {
  return { rowid, title: '', content, archived: false, tier: 'short_term', updatedAt: 0, ...more };
}

function indexOf(...documents: SearchDocument[]): SearchIndex {
  const index = new SearchIndex();
  for (const document of documents) index.put(document);
  return index;
}

function rows(index: SearchIndex, query: string, options: Partial<SearchOptions> = {}): number[] {
  return index.search(query, { limit: 10, ...options }).hits.map(({ rowid }) => rowid);
}

function sortedRows(index: SearchIndex, query: string, options: Partial<SearchOptions> = {}): number[] {
  return rows(index, query, options).toSorted((a, b) => a - b);
}

/** Bytes in typed arrays that are still in use. */
function arrayBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

describe('a search index', () => {
  it('finds documents by any word of the query, those with more of it first', () => {
    const index = indexOf(note(1, 'cold storage'), note(2, 'cold ice in cold storage'), note(3, 'warm'));
    assert.deepEqual(sortedRows(index, 'ice storage'), [1, 2]);
    assert.equal(rows(index, 'ice storage')[0], 2);
  });

  it('finds words in any of their forms', () => {
    const index = indexOf(note(1, 'Two migrations were running'), note(2, 'unrelated'));
    for (const query of ['migration', 'MIGRATIONS', 'migrate', 'run', 'runs'])
      assert.deepEqual(rows(index, query), [1]);
  });

  it('does not find a word inside another', () => {
    assert.deepEqual(rows(indexOf(note(1, 'concatenate the category')), 'cat'), []);
  });

  it('puts a word of the title above one of the content', () => {
    const index = indexOf(note(1, 'glacier and stone'), note(2, 'and stone', { title: 'glacier' }));
    assert.deepEqual(rows(index, 'glacier'), [2, 1]);
  });

  it('finds identifiers whole, by their parts, and however they are spelled', () => {
    const index = indexOf(note(1, 'call fetchUserById(7)'), note(2, 'see user_name'), note(3, 'nothing'));
    for (const query of ['fetchUserById', 'fetch_user_by_id', 'fetchuserbyid'])
      assert.equal(rows(index, query)[0], 1);
    assert.deepEqual(sortedRows(index, 'user'), [1, 2]);
    assert.deepEqual(rows(index, 'name'), [2]);
  });

  it('finds words with and without their accents', () => {
    const index = indexOf(note(1, 'un café à Zürich'));
    for (const query of ['cafe', 'CAFÉ', 'cafe\u0301', 'zurich']) assert.deepEqual(rows(index, query), [1]);
  });

  it('finds text without spaces by words of two characters and by single ones', () => {
    const index = indexOf(note(1, '私は東京に住んでいます'), note(2, '京都の冬'));
    assert.deepEqual(rows(index, '東京'), [1]);
    assert.deepEqual(sortedRows(index, '京'), [1, 2]);
    assert.deepEqual(rows(index, '冬'), [2]);
  });

  it('leaves stopwords out of a query that says more', () => {
    const index = indexOf(note(1, 'the of and'), note(2, 'the glacier'));
    assert.deepEqual(rows(index, 'what is the glacier'), [2]);
  });

  it('finds stopwords when the query has nothing else', () => {
    const index = indexOf(note(1, 'to be or not'), note(2, 'glacier'));
    assert.deepEqual(rows(index, 'to be'), [1]);
  });

  it('finds nothing for a query without words', () => {
    const index = indexOf(note(1, 'cold'));
    for (const query of ['', '   ', '?!…', '___']) {
      assert.deepEqual(index.search(query, { limit: 10, prefix: true }), { total: 0, hits: [] });
    }
  });

  it('finds nothing when it is empty', () => {
    assert.deepEqual(new SearchIndex().search('cold', { limit: 10 }), { total: 0, hits: [] });
  });

  it('counts all that match, beyond the limit too', () => {
    const index = indexOf(note(1, 'cold'), note(2, 'cold'), note(3, 'cold'));
    assert.equal(index.search('cold', { limit: 1 }).total, 3);
    assert.equal(index.search('cold', { limit: 1 }).hits.length, 1);
    assert.deepEqual(index.search('cold', { limit: 0 }), { total: 3, hits: [] });
  });

  it('puts the newer of equals first, then the lower row', () => {
    const index = indexOf(note(3, 'cold'), note(1, 'cold'), note(2, 'cold', { updatedAt: 5 }));
    assert.deepEqual(rows(index, 'cold'), [2, 1, 3]);
  });

  it('is not misled by words that are properties of objects', () => {
    const index = indexOf(note(1, 'constructor __proto__ toString'));
    assert.deepEqual(rows(index, 'constructor'), [1]);
    assert.deepEqual(rows(index, 'hasOwnProperty'), []);
    assert.deepEqual(rows(index, 'proto'), [1]);
  });
});

describe('the filter of a search', () => {
  const index = indexOf(
    note(1, 'cold', { updatedAt: 10 }),
    note(2, 'cold', { updatedAt: 20, archived: true }),
    note(3, 'cold cold cold', { updatedAt: 30, tier: 'long_term' }),
  );
  const found = (filter: SearchOptions['filter']): number[] => sortedRows(index, 'cold', { filter });

  it('excludes, includes or demands what is archived', () => {
    assert.deepEqual(found({ archived: 'exclude' }), [1, 3]);
    assert.deepEqual(found({ archived: 'include' }), [1, 2, 3]);
    assert.deepEqual(found({ archived: 'only' }), [2]);
    assert.deepEqual(found(undefined), [1, 2, 3]);
  });

  it('selects a tier', () => {
    assert.deepEqual(found({ archived: 'include', tier: 'long_term' }), [3]);
    assert.deepEqual(found({ archived: 'include', tier: 'short_term' }), [1, 2]);
  });

  it('selects times, both ends included', () => {
    assert.deepEqual(found({ archived: 'include', since: 20 }), [2, 3]);
    assert.deepEqual(found({ archived: 'include', until: 20 }), [1, 2]);
    assert.deepEqual(found({ archived: 'include', since: 21, until: 29 }), []);
  });

  it('selects rows', () => {
    assert.deepEqual(found({ archived: 'exclude', rowids: new Set([1, 2, 9]) }), [1]);
    assert.deepEqual(found({ archived: 'include', rowids: new Set() }), []);
  });

  it('applies before the limit, and to the total', () => {
    const { total, hits } = index.search('cold', {
      limit: 1,
      filter: { archived: 'include', tier: 'short_term' },
    });
    assert.equal(total, 2);
    assert.deepEqual(
      hits.map(({ rowid }) => rowid),
      [2],
    );
  });
});

describe('an index that changes', () => {
  it('forgets a removed document', () => {
    const index = indexOf(note(1, 'cold'), note(2, 'cold'));
    index.remove(1);
    index.remove(99);
    assert.deepEqual(rows(index, 'cold'), [2]);
    assert.equal(index.size, 1);
  });

  it('finds a replaced document by its new words only', () => {
    const index = indexOf(note(1, 'cold glacier'));
    index.put(note(1, 'warm glacier', { archived: true }));
    assert.equal(index.size, 1);
    assert.deepEqual(rows(index, 'cold'), []);
    assert.deepEqual(rows(index, 'warm'), [1]);
    assert.deepEqual(rows(index, 'warm', { filter: { archived: 'exclude' } }), []);
  });

  it('scores as if removed documents had never been', () => {
    const changed = indexOf(note(1, 'cold ice'), note(2, 'cold'), note(3, 'ice ice ice'));
    changed.remove(3);
    const fresh = indexOf(note(1, 'cold ice'), note(2, 'cold'));
    assert.deepEqual(changed.search('cold ice', { limit: 9 }), fresh.search('cold ice', { limit: 9 }));
  });

  it('stays the same when all goes and comes back, again and again', () => {
    const index = new SearchIndex();
    for (let round = 0; round < 5; round++) {
      for (let row = 1; row <= 200; row++) index.put(note(row, `word${row} round${round} common`));
      assert.equal(index.search('common', { limit: 1 }).total, 200);
      assert.deepEqual(rows(index, `word7 round${round - 1}`), [7]);
      for (let row = 1; row <= 200; row++) index.remove(row);
      assert.deepEqual(index.search('common', { limit: 1 }), { total: 0, hits: [] });
    }
  });
});

describe('the memory of an index', () => {
  it('does not grow as documents are replaced', () => {
    const content = Array.from({ length: 500 }, (_, i) => `word${i}`).join(' ');
    const index = new SearchIndex();
    const before = arrayBytes();
    for (let round = 0; round < 10_000; round++) index.put(note(1, content));
    // What a collection frees is counted a moment later.
    const after = Math.min(...Array.from({ length: 5 }, arrayBytes));
    assert.ok(after - before < 5_000_000, `${after - before} bytes more`);
    assert.equal(index.size, 1);
  });
});

describe('a search for an unfinished word', () => {
  const index = indexOf(
    note(1, 'the database migration'),
    note(2, 'migratory birds'),
    note(3, 'log in'),
    note(4, 'the login page'),
    note(5, 'call snakeCase here'),
  );

  it('finds the words that it begins, in the form they were written', () => {
    assert.deepEqual(rows(index, 'migrati', { prefix: true }), [1]);
    assert.deepEqual(sortedRows(index, 'migrat', { prefix: true }), [1, 2]);
    assert.deepEqual(sortedRows(index, 'm', { prefix: true }), [1, 2]);
    assert.deepEqual(rows(index, 'migrati'), []);
  });

  it('prefers the finished word', () => {
    assert.deepEqual(rows(index, 'log', { prefix: true }), [3, 4]);
  });

  it('takes only the last word for unfinished', () => {
    assert.deepEqual(rows(index, 'migrati log', { prefix: true }), [3, 4]);
  });

  it('takes an identifier for unfinished at its end', () => {
    assert.deepEqual(rows(index, 'snake_ca', { prefix: true }), [5]);
    assert.deepEqual(rows(index, 'snakeCa', { prefix: true }), [5]);
  });

  it('does not take stopwords for what was meant', () => {
    assert.deepEqual(rows(index, 'th', { prefix: true }), []);
    assert.deepEqual(sortedRows(index, 'the', { prefix: true }), [1, 4]);
  });

  it('goes by the words that are held now', () => {
    const changed = indexOf(note(1, 'migrations'), note(2, 'migrating'));
    changed.remove(1);
    assert.deepEqual(rows(changed, 'migratio', { prefix: true }), []);
    assert.deepEqual(rows(changed, 'migratin', { prefix: true }), [2]);
  });
});

describe('an index of many or large documents', () => {
  it('holds a document of millions of words', () => {
    const index = indexOf(note(1, 'small needle'), note(2, `${'hay stack '.repeat(500_000)}needle`));
    assert.deepEqual(rows(index, 'needle'), [1, 2]);
    assert.deepEqual(rows(index, 'hay'), [2]);
    index.remove(2);
    assert.deepEqual(rows(index, 'hay needle'), [1]);
  });

  it('leaves out what comes after half a million different words of one document', () => {
    const words = Array.from({ length: 499_990 }, (_, i) => `w${i}`).join(' ');
    const rest = Array.from({ length: 20 }, (_, i) => `late${i}`).join(' ');
    const index = indexOf(note(1, `${words} ${rest} w7 w7`), note(3, 'late19'));
    assert.deepEqual(rows(index, 'late3'), [1]);
    assert.deepEqual(rows(index, 'late19'), [3]);
    const scoreOf = (query: string): number => index.search(query, { limit: 1 }).hits[0]?.score ?? 0;
    assert.ok(scoreOf('w7') > scoreOf('w8'), 'words that are indexed go on counting');
  });

  it('finds each of ten thousand documents', () => {
    const index = new SearchIndex();
    for (let row = 1; row <= 10_000; row++) {
      index.put(note(row, `common shared${row % 100} unique${row} ${'filler '.repeat(row % 20)}`));
    }
    assert.equal(index.search('common', { limit: 10 }).total, 10_000);
    assert.equal(index.search('shared7', { limit: 10 }).total, 100);
    for (let row = 1; row <= 10_000; row += 97) assert.deepEqual(rows(index, `common unique${row}`)[0], row);
  });
});

describe('the format of a saved index', () => {
  /** Raise FORMAT in searchIndex.ts with every change of this: else an old index is searched with new words. */
  it('is the one of version 2', () => {
    const index = new SearchIndex();
    const texts = [
      "Fetching users: fetchUserById, don't mind v1.2.3 and naïve CAFÉS",
      '東京に住んでいます สวัสดี 서울',
      'a relational database’s migrations, utf-8 __init__ IDs URLs',
    ];
    for (const [at, content] of texts.entries())
      index.put({
        rowid: 7 * at + 1,
        title: `Title ${at}`,
        content,
        archived: at === 1,
        tier: at === 2 ? 'short_term' : 'long_term',
        updatedAt: 1_790_000_000_000 - at,
      });
    assert.equal(
      createHash('sha256').update(index.save()).digest('hex'),
      '84dff0237cc8ff91d707a9f6dd0f31ffea948bbfb08a9d3ab0fa2f7b07a106ae',
    );
  });
});
