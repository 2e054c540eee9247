import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { packStatements, unpackStatements, type Statement } from '../../../src/core/log/commit.ts';
import { FORMAT, frame, sha256, unframe } from '../../../src/core/log/frame.ts';

const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
/** JSON knows one zero only, and so does a parameter of sql.js. */
const anyNumber = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (value === 0 ? 0 : value));
const anyBytes = fc.uint8Array().map((bytes) => Buffer.from(bytes));
const anyValue = fc.oneof(anyText, anyNumber, fc.maxSafeInteger(), fc.constant(null), anyBytes);
const anySql = fc.oneof(anyText, fc.constantFrom('INSERT INTO t VALUES (?)', 'DELETE FROM t'));
const anyStatement: fc.Arbitrary<Statement> = fc
  .tuple(anySql, fc.array(anyValue))
  .map(([sql, parameters]) => ({ sql, parameters }));

describe('a framed file', () => {
  it('gives back the statements that it was made of, whatever text, number or bytes they hold', () => {
    fc.assert(
      fc.property(fc.array(anyStatement), (statements) => {
        const packed = packStatements(statements);
        const content = unframe(frame(packed).bytes);
        assert.equal(content.kind, 'whole');
        if (content.kind !== 'whole') return;
        assert.deepEqual(content.body, packed);
        assert.deepEqual(unpackStatements(packed), statements);
      }),
    );
  });

  it('is damaged when any one bit of it is flipped', () => {
    const { bytes } = frame({ kind: 'seal', number: 7, text: 'Grüße' });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes, (byte, at) =>
        at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      assert.equal(unframe(flipped).kind, 'damaged', `bit ${bit}`);
    }
  });

  it('is damaged when it ends anywhere too early, or has something after its end', () => {
    const { bytes } = frame({ kind: 'seal', number: 7 });
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(unframe(bytes.subarray(0, length)).kind, 'damaged', `${length} bytes`);
    }
    assert.equal(unframe(Buffer.concat([bytes, Buffer.of(0)])).kind, 'damaged');
  });

  it('of a newer format is told apart from a damaged one', () => {
    const start = `permafrost ${FORMAT + 1} `;
    const file = Buffer.from(`${start}${sha256(Buffer.from(`${start}something else`))}\nsomething else`);
    assert.deepEqual(unframe(file), { kind: 'newer', format: FORMAT + 1 });
  });
});
