import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseQuery } from '../../../../src/core/memory/search/query.ts';
import { snippetsFor } from '../../../../src/core/memory/search/snippet.ts';

const filler = 'lorem ipsum dolor sit amet '.repeat(40);

function snippet(content: string, query: string, length?: number): string {
  return snippetsFor(parseQuery(query, false), length)(content);
}

describe('a snippet', () => {
  it('is the whole of a short content', () => {
    assert.equal(snippet('short and cold', 'cold'), 'short and cold');
    assert.equal(snippet('', 'cold'), '');
  });

  it('is around the words of the query, in any of their forms', () => {
    const content = `${filler}the Migrations of databases happened ${filler}`;
    const text = snippet(content, 'migrating database', 100);
    assert.match(text, /^….*the Migrations of databases happened.*…$/u);
  });

  it('prefers a passage with more of the words to an earlier one', () => {
    const content = `cold ${filler} cold cold cold ${filler} cold storage ${filler}`;
    assert.match(snippet(content, 'cold storage'), /cold storage/);
  });

  it('is the beginning when no word is found', () => {
    const text = snippet(`\n\n  ${filler}`, 'zebra', 40);
    assert.equal(text, 'lorem ipsum dolor sit amet lorem ipsum…');
  });

  it('is one line, with white space folded', () => {
    assert.equal(snippet('# Title\r\n\r\n\t- cold\u2028  storage', 'cold'), '# Title - cold storage');
  });

  it('is cut between words', () => {
    const text = snippet(`${filler}glacier ${filler}`, 'glacier', 60);
    const words = new Set(['lorem', 'ipsum', 'dolor', 'sit', 'amet', 'glacier']);
    assert.ok(text.startsWith('…') && text.endsWith('…'));
    assert.ok(
      text
        .slice(1, -1)
        .split(' ')
        .every((word) => words.has(word)),
      text,
    );
  });

  it('is not longer than asked, even where nothing can be cut', () => {
    assert.equal(snippet('x'.repeat(1000), 'y', 50).length, 49);
    assert.ok(snippet('東京'.repeat(1000), '京東', 50).length <= 50);
  });

  it('finds a word behind a long beginning, but does not look for ever', () => {
    assert.match(snippet(`${'a '.repeat(400_000)}needle`, 'needle'), /needle/);
    assert.doesNotMatch(snippet(`${'a '.repeat(600_000)}needle`, 'needle'), /needle/);
  });

  it('never splits a surrogate pair, breaks a line or exceeds its length, whatever the content', () => {
    const piece = fc.oneof(
      fc.constantFrom('cold', ' ', '\n', '\u{1F44D}', '\u{20BB7}', 'storage', '京'),
      fc.string(),
    );
    const anyContent = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(anyContent, fc.integer({ min: 12, max: 60 }), (content, length) => {
        const text = snippet(content, 'cold storage', length);
        assert.ok(text.length <= length);
        assert.doesNotMatch(text, /[\n\r\t]|\p{Surrogate}/u);
      }),
      { numRuns: 1000 },
    );
  });
});
