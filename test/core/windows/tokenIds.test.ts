import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  beginsWith,
  commonLength,
  compressPacked,
  packTokenIds,
  unpackTokenIds,
} from '../../../src/core/windows/tokenIds.ts';

const tokenIds = fc.array(fc.nat({ max: 2 ** 31 - 1 }));
import { conversation } from './openWindows.ts';

describe('packed token ids', () => {
  it('unpack to what they were', () => {
    fc.assert(fc.property(tokenIds, (ids) => assert.deepEqual(unpackTokenIds(packTokenIds(ids)), ids)));
  });

  it('take one to three bytes each for the vocabularies there are', () => {
    assert.equal(packTokenIds([5, 300, 151_643]).length, 1 + 1 + 2 + 3);
  });

  it('unpack to what they were when they were compressed, and never take more for it', () => {
    fc.assert(
      fc.property(tokenIds, (ids) => {
        const packed = packTokenIds(ids);
        const compressed = compressPacked(packed);
        assert.ok(compressed.length <= packed.length);
        assert.deepEqual(unpackTokenIds(compressed), ids);
      }),
    );
  });

  it('take less than half when they are compressed, where words come again as they do in a conversation', () => {
    const said = conversation(20).flatMap(({ content }) =>
      content.split(' ').map((word) => 1_000 + 37 * word.length),
    );
    const packed = packTokenIds(said);
    assert.ok(compressPacked(packed).length < packed.length / 2);
  });

  it('are refused when they are packed in another way', () => {
    assert.throws(() => unpackTokenIds(Uint8Array.of(9, 1, 2)), RangeError);
  });
});

describe('the common beginning of token ids', () => {
  it('is as long as all of them are the same', () => {
    fc.assert(
      fc.property(tokenIds, tokenIds, (a, b) => {
        const length = commonLength(a, b);
        assert.deepEqual(a.slice(0, length), b.slice(0, length));
        if (length < Math.min(a.length, b.length)) assert.notEqual(a[length], b[length]);
      }),
    );
  });

  it('is all of a prefix', () => {
    assert.equal(beginsWith([1, 2, 3], [1, 2]), true);
    assert.equal(beginsWith([1, 2], [1, 2, 3]), false);
  });
});
