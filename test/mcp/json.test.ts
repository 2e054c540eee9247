import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { jsonPieces } from '../../src/mcp/jsonPieces.ts';
import { parseLargeJson } from '../../src/mcp/largeJson.ts';

const LONG = 8;

/** Values with strings around the length from which they are long, with all that JSON escapes. */
const strings = fc.string({
  unit: fc.constantFrom('a', 'é', '氷', '🧊', '"', '\\', '/', '\n', '\u0001', '\u2028'),
  maxLength: 20,
});
const values = fc
  .jsonValue({ noUnicodeString: false })
  .chain((value) => strings.map((text) => [value, { text, list: [text, text] }, { [text]: text }]));

/** Every character as `\\uXXXX`. */
function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('A large message', () => {
  it('is read as JSON.parse reads it, however it is escaped and spaced', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, 2), fc.boolean(), (value, indent, escape) => {
        const json = JSON.stringify(value, undefined, indent);
        const bytes = Buffer.from(escape ? escaped(json) : json);
        assert.deepEqual(parseLargeJson(bytes, LONG), JSON.parse(json));
      }),
      { numRuns: 1000 },
    );
  });

  for (const [what, json] of Object.entries({
    'a control character': '{"text":"a long text \n goes on"}',
    'an escape that is none': '{"text":"a long text \\q goes on"}',
    'half an escape': '{"text":"a long text goes on \\u12"}',
    'no closing quote': '{"text":"a long text goes on',
    'more behind it': '{"text":"a long text goes on"} and on',
  })) {
    it(`is no JSON with ${what}`, () => {
      assert.throws(() => JSON.parse(json));
      assert.throws(() => parseLargeJson(Buffer.from(json), LONG), SyntaxError);
    });
  }

  it('keeps a lone surrogate, which whoever takes the text refuses', () => {
    for (const text of ['a long text \\ud800', 'a long text \\ud800\\u0041', '\\udc00 a long text']) {
      const json = `{"text":"${text}"}`;
      assert.deepEqual(parseLargeJson(Buffer.from(json), LONG), JSON.parse(json));
    }
  });

  it('is written as JSON that says the same, whatever is cut', () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(
          JSON.parse([...jsonPieces(value, LONG)].join('')),
          JSON.parse(JSON.stringify(value)),
        );
      }),
      { numRuns: 1000 },
    );
    const text = `a${'🧊'.repeat(100_000)}`;
    const pieces = [...jsonPieces({ text }, LONG)];
    assert.ok(pieces.length > 3);
    assert.deepEqual(JSON.parse(pieces.join('')), { text });
  });

  it('is one piece when nothing in it is long', () => {
    assert.deepEqual([...jsonPieces({ a: ['short', 1, null] }, LONG)], ['{"a":["short",1,null]}']);
  });
});
