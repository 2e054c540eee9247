import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { memberOf, withMembers } from '../../../src/mcp/proxy/jsonText.ts';
import { asOneChunk, withoutIds } from '../../../src/mcp/proxy/wholeAnswer.ts';
import { GENERATIONS, wholeOf } from './vllmAnswers.ts';

const object = fc.dictionary(fc.string(), fc.jsonValue());
/** JSON with or without spaces, as bytes in characters. */
const text = fc
  .tuple(object, fc.constantFrom('', ' ', '\t', '\n  '))
  .map(([value, space]) => Buffer.from(` ${JSON.stringify(value, null, space)}\n`).toString('latin1'));
const parsed = (latin1: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(latin1, 'latin1').toString());

describe('JSON that is changed in its text', () => {
  it('has the members that were set, and the others as they were', () => {
    fc.assert(
      fc.property(text, fc.jsonValue(), fc.jsonValue(), (json, salt, ids) => {
        const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('latin1');
        const once = withMembers(json, { salt: written(salt), ids: written(ids) });
        assert.deepEqual(parsed(once), { ...parsed(json), ...JSON.parse(JSON.stringify({ salt, ids })) });
        const twice = withMembers(once, { ids: '[1.0]' });
        assert.deepEqual(parsed(twice), { ...parsed(once), ids: [1] });
        assert.equal(memberOf(twice, 'ids'), '[1.0]');
      }),
    );
  });

  it('is the same text but for what was set', () => {
    const json = '{ "a" : 1.0,"a":1e-05, "b":{"c":"\\u00e9 \\"}"}, "d":[ [] ,{}] }';
    assert.equal(withMembers(json, { b: '2' }), json.replace('{"c":"\\u00e9 \\"}"}', '2'));
    assert.equal(withMembers(json, { e: 'true' }), json.replace(/ }$/, ' ,"e":true}'));
    assert.equal(withMembers(json, { a: '7' }), json.replace('1.0', '7').replace('1e-05', '7'));
    assert.equal(withMembers('{}', { e: 'true' }), '{"e":true}');
    assert.equal(withMembers(json, {}), json);
    assert.equal(memberOf(json, 'a'), '1e-05');
    assert.equal(memberOf(json, 'c'), undefined);
  });
});

describe('A whole answer that was asked for token ids', () => {
  for (const [name, steps] of Object.entries(GENERATIONS)) {
    it(`is to the byte what the client asked for: ${name}`, () => {
      const asked = Buffer.from(wholeOf(steps, { ids: true })).toString('latin1');
      const direct = wholeOf(steps, { ids: false });
      assert.equal(Buffer.from(withoutIds(asked), 'latin1').toString(), direct);
    });
  }

  it('loses no other ids, wherever they are', () => {
    const json =
      '{"token_ids": [1, 2],"choices":[{"message":{"token_ids":[3],"content":"\\"token_ids\\":[4]"},"token_ids":[5]},{}],' +
      '"kv_transfer_params":{"prompt_token_ids":[6]},"prompt_token_ids":[[7]]}';
    const shown = json.replace('[1, 2]', 'null').replace('[5]', 'null').replace('[[7]]', 'null');
    assert.equal(withoutIds(json), shown);
  });

  it('is read as a stream that says all at once', () => {
    const [, steps] = Object.entries(GENERATIONS)[1] ?? assert.fail();
    const chunk = asOneChunk(JSON.parse(wholeOf(steps, { ids: true }))) ?? assert.fail();
    assert.deepEqual(chunk.choices[0]?.token_ids, [7, 8, 9, 10, 11, 12]);
    assert.deepEqual(
      chunk.choices[0]?.delta?.tool_calls?.map(({ index }) => index),
      [0, 1],
    );
    for (const other of [null, 'text', {}, { error: { message: 'no' } }, { choices: [{ text: 'a' }] }])
      assert.equal(asOneChunk(other), undefined);
  });
});
