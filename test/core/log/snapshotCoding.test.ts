import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decode, encode } from '../../../src/core/log/snapshotCoding.ts';

describe('the file of a snapshot', () => {
  it('gives back the database', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (database) => {
        const { bytes, extension } = encode(database, true);
        assert.deepEqual([...decode(`snapshot.${extension}`, bytes, database.length)], [...database]);
        assert.deepEqual(decode('snapshot.db', database, database.length), database);
      }),
    );
  });

  it('is told by name when it cannot be decompressed', () => {
    const { bytes } = encode(new Uint8Array(10_000), true);
    for (const damaged of [bytes.subarray(0, 10), Uint8Array.of(1, 2, 3)])
      assert.throws(() => decode('snapshot-1.db.zst', damaged, 10_000), {
        code: 'PF-4003',
        message: /snapshot-1\.db\.zst/,
      });
  });
});
