import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { findMatches } from '../../../../src/core/memory/search/matches.ts';
import { parseQuery } from '../../../../src/core/memory/search/query.ts';
import { stem } from '../../../../src/core/memory/search/stem.ts';
import { isStopword } from '../../../../src/core/memory/search/stopwords.ts';
import { tokenize } from '../../../../src/core/memory/search/tokenize.ts';

/** What a query finds in a text, as it stands there. */
function found(text: string, query: string, prefix = false): string[] {
  return findMatches(text, parseQuery(query, prefix)).map(({ start, end }) => text.slice(start, end));
}

/** The same by cutting all of the text into words: start, end, and the word of the query. */
function foundByCutting(text: string, query: string, prefix: boolean): string[] {
  const { terms, prefixes } = parseQuery(query, prefix);
  const matches: string[] = [];
  tokenize(text, (source, from, to, _kind, start, end) => {
    const surface = source.slice(from, to);
    const begun = isStopword(surface) ? undefined : prefixes.find((each) => surface.startsWith(each));
    const word = terms.has(stem(surface)) ? stem(surface) : begun;
    if (word !== undefined) matches.push(`${start} ${end} ${word}`);
  });
  return matches.toSorted();
}

describe('the places in a text that a query finds', () => {
  it('are its words in any of their forms', () => {
    assert.deepEqual(found('the Migrations of databases happened', 'migrating database'), [
      'Migrations',
      'databases',
    ]);
    assert.deepEqual(found('Happy, happier: HAPPINESS', 'happy'), ['Happy', 'HAPPINESS']);
    assert.deepEqual(found('filing, files and filed', 'file'), ['filing', 'files', 'filed']);
  });

  it('are identifiers, their parts, and unfinished words', () => {
    assert.deepEqual(found('see fetchUserById now', 'user'), ['User']);
    assert.deepEqual(found('see fetch_user-by.id now', 'fetchuserbyid'), ['fetch_user-by.id']);
    for (const joint of "-_.'") assert.deepEqual(found(`see go${joint}to now`, 'goto'), [`go${joint}to`]);
    assert.deepEqual(found('the migration', 'migrati', true), ['migration']);
    assert.deepEqual(found('the migration', 'migrati'), []);
  });

  it('are found in any script, and whatever dresses the letters', () => {
    assert.deepEqual(found('Le café, le CAFÉ et le cafe', 'cafe'), ['café', 'CAFÉ', 'cafe']);
    assert.deepEqual(found('Straße und STRASSE', 'strasse'), ['Straße', 'STRASSE']);
    assert.deepEqual(found('\u212Aelvin is kelvin', 'kelvin'), ['\u212Aelvin', 'kelvin']);
    assert.deepEqual(found('Мова і мови', 'мова'), ['Мова']);
    assert.ok(found('私は東京都に住む', '東京都').length > 0);
  });

  it('are those that cutting the whole text finds', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aehilnosty'), minLength: 1, maxLength: 5 });
    const endings = [
      '',
      's',
      'y',
      'ies',
      'ed',
      'ing',
      'ational',
      'ization',
      'ability',
      'ously',
      'ement',
      'e',
    ];
    const word = fc.tuple(letters, fc.constantFrom(...endings)).map((parts) => parts.join(''));
    const glue = fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '_',
      '-',
      '.',
      "'",
      '’s ',
      ', ',
      '',
      '\u00a0',
      '__',
      'é',
      'ß',
      '京',
      '1',
    );
    const text = fc
      .array(fc.tuple(fc.oneof(word, word.map(capital)), glue), { maxLength: 12 })
      .map((pairs) => pairs.flat().join(''));
    const query = fc
      .array(fc.oneof(word, text), { minLength: 1, maxLength: 3 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(text, query, fc.boolean(), (content, asked, prefix) => {
        // Words of the text in other forms, so that something is found.
        const question = `${asked} ${content.slice(0, 8)}`;
        const places = findMatches(content, parseQuery(question, prefix));
        const told = places.map(({ start, end, word: by }) => `${start} ${end} ${by}`).toSorted();
        assert.deepEqual(told, foundByCutting(content, question, prefix));
      }),
      { numRuns: 1000 },
    );
  });
});

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
