import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { snippet } from '../../../../src/core/memory/search/snippet.ts';

const filler = 'lorem ipsum dolor sit amet '.repeat(40);

/** The highlighted parts of a snippet. */
function marked(content: string, query: string, options = {}): string[] {
  const { text, matches } = snippet(content, query, options);
  return matches.map(([start, end]) => text.slice(start, end));
}

describe('a snippet', () => {
  it('is the whole of a short content', () => {
    assert.equal(snippet('short and cold', 'cold').text, 'short and cold');
    assert.deepEqual(snippet('', 'cold'), { text: '', matches: [] });
  });

  it('is around the words of the query, in any of their forms', () => {
    const content = `${filler}the Migrations of databases happened ${filler}`;
    const { text } = snippet(content, 'migrating database', { length: 100 });
    assert.match(text, /^….*the Migrations of databases happened.*…$/u);
    assert.deepEqual(marked(content, 'migrating database', { length: 100 }), ['Migrations', 'databases']);
  });

  it('prefers a passage with more of the words to an earlier one', () => {
    const content = `cold ${filler} cold cold cold ${filler} cold storage ${filler}`;
    assert.match(snippet(content, 'cold storage').text, /cold storage/);
  });

  it('is the beginning when no word is found', () => {
    const { text, matches } = snippet(`\n\n  ${filler}`, 'zebra', { length: 40 });
    assert.equal(text, 'lorem ipsum dolor sit amet lorem ipsum…');
    assert.deepEqual(matches, []);
  });

  it('is one line, with white space folded', () => {
    assert.equal(snippet('# Title\r\n\r\n\t- cold\u2028  storage', 'cold').text, '# Title - cold storage');
  });

  it('is cut between words', () => {
    const { text } = snippet(`${filler}glacier ${filler}`, 'glacier', { length: 60 });
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
    assert.equal(snippet('x'.repeat(1000), 'y', { length: 50 }).text.length, 49);
    assert.ok(snippet('東京'.repeat(1000), '京東', { length: 50 }).text.length <= 50);
  });

  it('marks identifiers, their parts, and unfinished words', () => {
    assert.deepEqual(marked('see fetchUserById now', 'user'), ['User']);
    assert.deepEqual(marked('see fetchUserById now', 'fetch_user_by_id'), ['fetchUserById']);
    assert.deepEqual(marked('the migration', 'migrati', { prefix: true }), ['migration']);
    assert.deepEqual(marked('the migration', 'migrati'), []);
    assert.deepEqual(marked('私は東京都に住む', '東京都'), ['東京都']);
  });

  it('finds a word behind a long beginning, but does not look for ever', () => {
    assert.match(snippet(`${'a '.repeat(400_000)}needle`, 'needle').text, /needle/);
    assert.doesNotMatch(snippet(`${'a '.repeat(600_000)}needle`, 'needle').text, /needle/);
  });

  it('never splits a surrogate pair, breaks a line or exceeds its length, whatever the content', () => {
    const piece = fc.oneof(
      fc.constantFrom('cold', ' ', '\n', '\u{1F44D}', '\u{20BB7}', 'storage', '京'),
      fc.string(),
    );
    const anyContent = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(anyContent, fc.integer({ min: 12, max: 60 }), (content, length) => {
        const { text, matches } = snippet(content, 'cold storage', { length });
        assert.ok(text.length <= length);
        assert.doesNotMatch(text, /[\n\r\t]|\p{Surrogate}/u);
        for (const [start, end] of matches) assert.match(text.slice(start, end), /cold|storag/i);
      }),
      { numRuns: 1000 },
    );
  });
});
