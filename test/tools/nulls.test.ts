import assert from 'node:assert/strict';
import * as z from 'zod';
import { withoutNulls } from '../../src/tools/nulls.ts';

const Input = z.strictObject({
  tags: z.array(z.string()).optional(),
  nullable: z.string().nullable().optional(),
  required: z.string(),
  items: z.array(z.strictObject({ tier: z.string().optional() })).optional(),
  passed: z.array(z.looseObject({ role: z.string() })).optional(),
});

describe('null in the input of a tool', () => {
  it('is an absent field where the field is optional, at any depth that the schema names', () => {
    const given = { tags: null, required: 'x', items: [{ tier: null }, { tier: 'y' }] };
    assert.deepEqual(withoutNulls(Input, given), { required: 'x', items: [{}, { tier: 'y' }] });
  });

  it('stays where the field is required or takes null itself', () => {
    const given = { nullable: null, required: null };
    assert.deepEqual(withoutNulls(Input, given), given);
  });

  it('stays in what is passed through, such as the default of a parameter of a tool', () => {
    const given = { required: 'x', passed: [{ role: 'user', schema: { default: null }, list: [null] }] };
    assert.deepEqual(withoutNulls(Input, given), given);
  });

  it('leaves what is not of the schema for the parser to refuse', () => {
    for (const given of [null, 'text', [], { tags: 'x', unknown: null }]) {
      assert.deepEqual(withoutNulls(Input, given), given);
    }
  });
});
