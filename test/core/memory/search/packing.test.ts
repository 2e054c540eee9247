import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { pack, unpack } from '../../../../src/core/memory/search/packing.ts';

/** As it is packed where there is no zstd: the way, the size in four bytes, and all as it is. */
function plain(size: number, content: Uint8Array): Uint8Array {
  return Uint8Array.of(0, size, 0, 0, 0, ...content);
}

describe('packing', () => {
  it('gives back what was packed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(0, 10, undefined), (bytes, largestPlain) =>
        assert.deepEqual(bytesOf(unpack(pack(bytes, largestPlain))), [...bytes]),
      ),
    );
    assert.deepEqual(bytesOf(unpack(plain(2, Uint8Array.of(7, 8)))), [7, 8]);
  });

  it('takes fewer bytes for what repeats itself, when that is large', () => {
    assert.ok(pack(new Uint8Array(10_000), 9_999).length < 100);
    assert.ok(pack(new Uint8Array(9_000_000)).length < 10_000);
    assert.ok(pack(new Uint8Array(10_000)).length > 10_000);
  });

  it('refuses what is too short, too long, or packed in another way', () => {
    const packed = pack(
      Uint8Array.from({ length: 100 }, (_, at) => at),
      0,
    );
    const longer = Buffer.from(packed);
    longer.writeUInt32LE(101, 1);
    const shorter = Buffer.from(packed);
    shorter.writeUInt32LE(99, 1);
    const other = Uint8Array.of(9, ...packed.subarray(1));
    const wrong = [packed.subarray(0, 50), packed.subarray(0, 3), longer, shorter, other];
    for (const bytes of [...wrong, plain(3, Uint8Array.of(7, 8))]) assert.equal(unpack(bytes), undefined);
  });
});

function bytesOf(unpacked: Uint8Array | undefined): number[] | undefined {
  return unpacked && [...unpacked];
}
