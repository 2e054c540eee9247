import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Frequencies } from '../../../../src/core/memory/search/frequencies.ts';
import { NumberReader, NumberWriter } from '../../../../src/core/memory/search/numbers.ts';
import { Postings } from '../../../../src/core/memory/search/postings.ts';

const ROOM = 2 ** 18;
const frequencies = new Frequencies();
frequencies.reserve(ROOM);

/** A list as it is visited, which is also how it is gathered. */
function listOf(postings: Postings, term: number): [slot: number, weight: number][] {
  const listed: [slot: number, weight: number][] = [];
  postings.each(term, (slot, weight) => listed.push([slot, weight]));
  assert.deepEqual(gathered(postings, [term]), listed);
  return listed;
}

function gathered(postings: Postings, lists: readonly number[]): (number | undefined)[][] {
  frequencies.gather(postings, lists, ROOM);
  const { slots, weights, count } = frequencies;
  return Array.from(slots.subarray(0, count), (slot, at) => [slot, weights[at]]);
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
        const writer = new NumberWriter();
        postings.save(writer, 6);
        const restored = new Postings();
        restored.restore(new NumberReader(writer.written()), 6);
        for (let term = 0; term <= 5; term++) {
          const expected = all.flatMap(([of, amount], slot) => (of === term ? [[slot, amount]] : []));
          assert.deepEqual(listOf(postings, term), expected);
          assert.deepEqual(listOf(restored, term), expected);
        }
      }),
    );
  });

  it('are added up by document when several are taken together, however often that is done', () => {
    const weight = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 2 ** 24 }));
    const documents = fc.array(fc.array(weight, { maxLength: 4 }), { maxLength: 60 });
    fc.assert(
      fc.property(documents, (all) => {
        const postings = new Postings();
        all.forEach((held, slot) => held.forEach((amount, list) => postings.append(list, slot, amount)));
        const expected = all.flatMap((held, slot) =>
          held.length > 0 ? [[slot, held.reduce((sum, amount) => sum + amount)]] : [],
        );
        for (const lists of [
          [0, 1, 2, 3],
          [3, 1, 0, 2],
        ])
          assert.deepEqual(gathered(postings, lists), expected);
        assert.deepEqual(gathered(postings, []), []);
      }),
    );
  });

  it('hold long lists beside many short ones, and distant slots', () => {
    const postings = new Postings();
    for (let slot = 0; slot < 100_000; slot++) {
      postings.append(0, slot, 1 + (slot % 64));
      postings.append(1 + slot, slot, 2);
    }
    postings.append(0, ROOM - 1, 7);
    const list = listOf(postings, 0);
    assert.equal(list.length, 100_001);
    assert.ok(list.slice(0, -1).every(([slot, weight], i) => slot === i && weight === 1 + (i % 64)));
    assert.deepEqual(list.at(-1), [ROOM - 1, 7]);
    assert.deepEqual(listOf(postings, 100_000), [[99_999, 2]]);
  });

  it('go on after they were restored, and leave alone what they were restored from', () => {
    const postings = new Postings();
    postings.append(0, 3, 1);
    postings.append(1, 3, 9);
    const writer = new NumberWriter();
    postings.save(writer, 2);
    const bytes = writer.written();
    const before = bytes.slice();
    const restored = new Postings();
    restored.restore(new NumberReader(bytes), 2);
    for (let slot = 10; slot < 500; slot++) restored.append(0, slot, 200);
    assert.deepEqual(listOf(restored, 0).slice(0, 3), [
      [3, 1],
      [10, 200],
      [11, 200],
    ]);
    assert.deepEqual(listOf(restored, 1), [[3, 9]]);
    assert.deepEqual(bytes, before);
  });
});
