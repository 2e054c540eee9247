import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  type SearchDocument,
  SearchIndex,
  type SearchOptions,
  type SearchResult,
} from '../../../../src/core/memory/search/searchIndex.ts';
import { scan } from './bruteForce.ts';

const vocabulary =
  'log logs logging login migration migrations migrate migratory the and thaw x v1.2 naïve Café';
const identifiers = 'fetchUser fetch_user user foo.bar cafe 東京 京都 東';
const word = fc.constantFrom(...vocabulary.split(' '), ...identifiers.split(' '));
const words = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(word, { maxLength }).map((list) => list.join(' '));
const time = fc.integer({ min: 0, max: 4 });

const document: fc.Arbitrary<SearchDocument> = fc.record({
  rowid: fc.integer({ min: 1, max: 12 }),
  title: words(3),
  content: fc.oneof(
    { weight: 9, arbitrary: words(12) },
    { weight: 1, arbitrary: words(2).map((text) => `${text} `.repeat(90)) },
  ),
  archived: fc.boolean(),
  tier: fc.constantFrom('short_term', 'long_term'),
  updatedAt: time,
});

const options: fc.Arbitrary<SearchOptions> = fc.record({
  limit: fc.integer({ min: 0, max: 14 }),
  prefix: fc.boolean(),
  filter: fc.option(
    fc.record({
      archived: fc.constantFrom('exclude', 'include', 'only'),
      tier: fc.option(fc.constantFrom('short_term', 'long_term'), { nil: undefined }),
      since: fc.option(time, { nil: undefined }),
      until: fc.option(time, { nil: undefined }),
      rowids: fc.option(
        fc.uniqueArray(fc.integer({ min: 1, max: 12 })).map((rows) => new Set(rows)),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
});

type Step =
  | { readonly kind: 'put'; readonly document: SearchDocument }
  | { readonly kind: 'remove'; readonly rowid: number }
  | { readonly kind: 'save' }
  | { readonly kind: 'search'; readonly query: string; readonly options: SearchOptions };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put'), document }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('remove'), rowid: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'save' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('search'),
      query: fc.oneof(words(4), fc.constantFrom('migrat', 'migratio', 'loggi', 'lo', 'the fe', 't', 'foo.b')),
      options,
    }),
  },
);

/** Takes the steps on an index and on a plain map, and compares every answer with a scan of the map. */
function follow(steps: readonly Step[]): void {
  let index = new SearchIndex();
  const held = new Map<number, SearchDocument>();
  for (const step of steps) {
    if (step.kind === 'put') {
      index.put(step.document);
      held.set(step.document.rowid, step.document);
    } else if (step.kind === 'remove') {
      index.remove(step.rowid);
      held.delete(step.rowid);
    } else if (step.kind === 'save') {
      index = restored(index.save());
    } else {
      const expected = scan([...held.values()], step.query, step.options);
      assertSame(index.search(step.query, step.options), expected);
    }
    assert.equal(index.size, held.size);
  }
}

function restored(bytes: Uint8Array): SearchIndex {
  const index = new SearchIndex();
  assert.ok(index.restore(bytes));
  return index;
}

function assertSame(actual: SearchResult, expected: SearchResult): void {
  assert.equal(actual.total, expected.total);
  assert.deepEqual(rounded(actual), rounded(expected));
}

/** Sums of the same terms in another order differ in the last bits. */
function rounded({ hits }: SearchResult): { rowid: number; score: string }[] {
  return hits.map(({ rowid, score }) => ({ rowid, score: score.toFixed(9) }));
}

describe('a search index after any puts, replaces and removes, saved and restored now and then', () => {
  it('answers as a scan over the documents it holds', () => {
    fc.assert(fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), follow), { numRuns: 400 });
  });

  it('answers as a scan through many compactions', () => {
    fc.assert(fc.property(fc.array(anyStep, { minLength: 300, maxLength: 500, size: 'max' }), follow), {
      numRuns: 12,
    });
  });
});

describe('what a search index saved', () => {
  const documents = fc.array(document, { minLength: 1, maxLength: 12 });
  const saved = (held: readonly SearchDocument[]): Uint8Array => {
    const index = new SearchIndex();
    for (const one of held) index.put(one);
    return index.save();
  };

  it('is refused when it is cut short or has more behind it', () => {
    fc.assert(
      fc.property(documents, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 5 }), (held, cut, more) => {
        const bytes = saved(held);
        assert.equal(new SearchIndex().restore(bytes.subarray(0, cut % bytes.length)), false);
        assert.equal(new SearchIndex().restore(Buffer.concat([bytes, more])), false);
      }),
    );
  });

  it('does no harm when it is damaged: it is refused, or answers something', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(documents, damage, (held, changes) => {
        const bytes = saved(held);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const index = new SearchIndex();
        if (!index.restore(bytes)) assert.equal(index.size, 0);
        index.search('log migrat', { limit: 10, prefix: true });
        for (let rowid = 1; rowid <= 12; rowid++) index.remove(rowid);
        for (let round = 0; round < 70; round++)
          index.put({
            rowid: 1,
            title: 'log',
            content: '',
            archived: false,
            tier: 'short_term',
            updatedAt: 0,
          });
        index.search('migr', { limit: 10, prefix: true });
      }),
      { numRuns: 500 },
    );
  });

  it('takes no more memory than it warrants, whatever numbers damage makes of it', () => {
    const bytes = saved([
      { rowid: 1, title: 'log', content: '', archived: false, tier: 'short_term', updatedAt: 0 },
    ]);
    for (let at = 1; at < bytes.length; at++) {
      for (const run of [[0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff], Array(8).fill(0xff)]) {
        const damaged = Buffer.from(bytes);
        Buffer.from(run).copy(damaged, at);
        const before = process.memoryUsage().arrayBuffers;
        new SearchIndex().restore(damaged);
        assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000, `${run.join()} at ${at}`);
      }
    }
  });

  it('is refused when it is of another version', () => {
    const bytes = saved([]);
    bytes[0] = (bytes[0] ?? 0) + 1;
    assert.equal(new SearchIndex().restore(bytes), false);
  });

  it('is refused when it is anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        new SearchIndex().restore(bytes);
      }),
    );
    assert.equal(new SearchIndex().restore(new Uint8Array()), false);
  });
});
