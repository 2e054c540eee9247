import assert from 'node:assert/strict';
import { newSalt } from '../../../src/core/vllm/salt.ts';

describe('a salt', () => {
  it('is 43 characters of base64url', () => assert.match(newSalt(), /^[A-Za-z0-9_-]{43}$/));

  it('is another one each time', () => assert.notEqual(newSalt(), newSalt()));

  it('is made of the random bytes that are given', () => {
    assert.equal(
      newSalt((size) => new Uint8Array(size).fill(0xff)),
      `${'_'.repeat(42)}8`,
    );
  });
});
