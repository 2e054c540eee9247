import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { tokenize } from '../../../../src/core/memory/search/tokenize.ts';

/** The surfaces of a text; single characters of longer runs in brackets. */
function surfaces(text: string): string[] {
  const found: string[] = [];
  tokenize(text, (source, from, to, kind) => {
    const surface = source.slice(from, to);
    found.push(kind === 'character' ? `[${surface}]` : surface);
  });
  return found;
}

/** The stretches of the text that its tokens stand at. */
function places(text: string): string[] {
  const found: string[] = [];
  tokenize(text, (_source, _from, _to, _kind, start, end) => found.push(text.slice(start, end)));
  return found;
}

function check(text: string, expected: string): void {
  assert.equal(surfaces(text).join(' '), expected, text);
}

describe('tokenize', () => {
  it('gives lower-case words without punctuation', () => {
    check('The Quick, (brown) fox\njumps!', 'the quick brown fox jumps');
    check('', '');
    check(' --- ... ___ \u{1F44D} ', '');
  });

  it('gives identifiers by their parts and as a whole', () => {
    check('fetchUserById', 'fetch user by id fetchuserbyid');
    check('HTTPServer parseURLs', 'http server httpserver parse urls parseurls');
    check('snake_case __init__', 'snake case snakecase init');
    check('kebab-case foo.bar', 'kebab case kebabcase foo bar foobar');
    check('v2User utf-8', 'v2 user v2user utf 8 utf8');
  });

  it('makes the spellings of one identifier meet', () => {
    for (const spelling of [
      'fetchUser',
      'fetch_user',
      'fetch-user',
      'FetchUser',
      'FETCH_USER',
      'fetch.user',
    ]) {
      check(spelling, 'fetch user fetchuser');
    }
  });

  it('takes words in capitals and their plurals for one word', () => {
    check('README IDs URLs', 'readme ids urls');
  });

  it('keeps the points of versions, dates and addresses', () => {
    check('1.2.3', '1 2 3 1.2.3');
    check('2024-11-20', '2024 11 20 2024-11-20');
    check('v1.2', 'v1 2 v1.2');
  });

  it('joins words at punctuation only between two characters of a word', () => {
    check('end. Next -x- a--b a..b', 'end next x a b a b');
  });

  it('drops English clitics and takes elisions apart', () => {
    check("don\u2019t the user's WE'LL", 'don the user we');
    check("l'\u00e9cole", 'l ecole lecole');
  });

  it('folds case, accents, compatibility forms and what does not show', () => {
    check('caf\u00e9 CAFE\u0301 na\u00efve \ufb01ne \uff21\uff22\uff23', 'cafe cafe naive fine abc');
    check('Stra\u00dfe STRASSE', 'strasse strasse');
    check(
      '\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2',
      '\u03bf\u03b4\u03bf\u03c3 \u03bf\u03b4\u03bf\u03c3',
    );
    check('\u0130stanbul co\u00adoperate', 'istanbul cooperate');
    check('\u0401\u043b\u043a\u0430', '\u0435\u043b\u043a\u0430');
  });

  it('keeps the vowels of Indic scripts in their words', () => {
    check(
      '\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u0940',
      '\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u0940',
    );
  });

  it('gives scripts without spaces as overlapping pairs', () => {
    check('東京都', '[東] 東京 [京] 京都 [都]');
    check('猫', '猫');
    check('한국어', '[한] 한국 [국] 국어 [어]');
    check('\u0e44\u0e17\u0e22', '[\u0e44] \u0e44\u0e17 [\u0e17] \u0e17\u0e22 [\u0e22]');
    check('手机iPhone', '[手] 手机 [机] i phone iphone');
  });

  it('gives half-width kana as the full-width ones, and keeps their voicing', () => {
    check('\uff76\uff9e\uff6f\uff7a', surfaces('ガッコ').join(' '));
    assert.notDeepEqual(surfaces('が'), surfaces('か'));
  });

  it('takes characters outside the basic plane whole', () => {
    check('\u{20BB7}野', '[\u{20BB7}] \u{20BB7}野 [野]');
    check('\u{1D400}b', 'ab');
    check('\ud800x\udc00', 'x');
  });

  it('says where each token stands', () => {
    assert.deepEqual(places('Café fooBar!'), ['Café', 'foo', 'Bar', 'fooBar']);
    assert.deepEqual(places('a 東京都'), ['a', '東', '東京', '京', '京都', '都']);
    assert.deepEqual(places('㈠'), ['㈠', '㈠', '㈠', '㈠', '㈠']);
  });

  it('cuts long words and passes over base64', () => {
    check('x'.repeat(1000), 'x'.repeat(64));
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919 + (i >> 3)) % 251));
    check(`before ${bytes.toString('base64')} after`, 'before after');
    check(`-----BEGIN ${'ab-'.repeat(5000)}`, `begin ${'ab-'.repeat(30).slice(0, 64)}`);
  });

  it('keeps a random key as one word', () => {
    check('aGVsbG8gd29ybGQhIEkg', 'agvsbg8gd29ybgqhiekg');
    check('aG_sbG8-d29y.GQhIEkg', 'ag_sbg8-d29y.gqhiekg');
  });

  it('takes apart what has many short parts, but joints between them', () => {
    check('v1.2.3-beta.4', 'v1 2 3 beta 4 v1.2.3beta4');
    check('step_a_1_b_2', 'step a 1 b 2 stepa1b2');
  });

  it('gives every token inside the text, whatever the text', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(anyText, (text) => {
        tokenize(text, (source, from, to, _kind, start, end) => {
          assert.ok(0 <= start && start < end && end <= text.length);
          assert.ok(0 <= from && from <= to && to <= source.length);
        });
      }),
      { numRuns: 2000 },
    );
  });
});
