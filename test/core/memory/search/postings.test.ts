import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Postings } from '../../../../src/core/memory/search/postings.ts';

function listOf(postings: Postings, term: number): [slot: number, weight: number][] {
  const count = postings.read(term);
  return Array.from({ length: count }, (_, i) => [postings.slots[i] ?? NaN, postings.weights[i] ?? NaN]);
}

describe('postings', () => {
  it('are empty for a term that no document holds', () => {
    assert.deepEqual(listOf(new Postings(), 5), []);
  });

  it('give back what was appended, whatever the weights and however the lists are mixed', () => {
    const weight = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
    const appended = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), weight), {
      maxLength: 400,
      size: 'max',
    });
    fc.assert(
      fc.property(appended, (all) => {
        const postings = new Postings();
        all.forEach(([term, amount], slot) => postings.append(term, slot, amount));
        for (let term = 0; term <= 5; term++) {
          const expected = all.flatMap(([of, amount], slot) => (of === term ? [[slot, amount]] : []));
          assert.deepEqual(listOf(postings, term), expected);
        }
      }),
    );
  });

  it('hold long lists beside many short ones, and the largest slots', () => {
    const postings = new Postings();
    for (let slot = 0; slot < 200_000; slot++) {
      postings.append(0, slot, 1 + (slot % 64));
      postings.append(1 + slot, slot, 2);
    }
    postings.append(0, 2 ** 26 - 1, 7);
    const list = listOf(postings, 0);
    assert.equal(list.length, 200_001);
    assert.ok(list.slice(0, -1).every(([slot, weight], i) => slot === i && weight === 1 + (i % 64)));
    assert.deepEqual(list.at(-1), [2 ** 26 - 1, 7]);
    assert.deepEqual(listOf(postings, 200_000), [[199_999, 2]]);
  });
});
