import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { TopK } from '../../../../src/core/memory/search/topK.ts';

describe('the best k', () => {
  it('are the first k of all in order', () => {
    const anyItems = fc.uniqueArray(fc.integer(), { maxLength: 60 });
    fc.assert(
      fc.property(anyItems, fc.integer({ min: 0, max: 70 }), (items, k) => {
        const best = new TopK(k, (a, b) => a > b);
        for (const item of items) best.offer(item);
        assert.deepEqual(best.inOrder(), items.toSorted((a, b) => b - a).slice(0, k));
      }),
    );
  });
});
