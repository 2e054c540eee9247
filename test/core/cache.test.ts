import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { ByteCache } from '../../src/core/cache.ts';

const KB = 1024;
/** Room for three texts of a kilobyte and what it takes to keep them, and not for four. */
const THREE = { maxBytes: 4 * KB, maxEntryBytes: 2 * KB };
const text = (of: string) => of.repeat(KB);

describe('a cache', () => {
  it('lets go what was not used for longest when there is no more room, and counts it', () => {
    const cache = new ByteCache<string>(THREE);
    for (const key of ['a', 'b', 'c']) cache.set(key, text(key));
    cache.get('a');
    cache.set('d', text('d'));
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => cache.get(key)?.[0]),
      ['a', undefined, 'c', 'd'],
    );
    const { bytes, ...counts } = cache.counts;
    assert.deepEqual(counts, { hits: 4, misses: 1, entries: 3, maxBytes: 4 * KB, evictions: 1 });
    assert.ok(bytes > 3 * KB && bytes <= 4 * KB);
  });

  it('does not keep what is larger than an entry may be, nor what it would replace', () => {
    const cache = new ByteCache<string>(THREE);
    assert.equal(cache.set('a', 'small'), true);
    assert.equal(cache.set('a', text('aa')), false);
    assert.equal(cache.get('a'), undefined);
    assert.equal(cache.counts.bytes, 0);
  });

  it('tells of everything that it does not keep any longer', () => {
    const dropped: string[] = [];
    const cache = new ByteCache<string>(THREE, (value) => dropped.push(value[0] ?? ''));
    for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, text(key));
    cache.delete('c');
    cache.set('d', text('x'));
    assert.deepEqual(dropped, ['a', 'b', 'c', 'd']);
    cache.clear();
    assert.deepEqual(dropped.toSorted(), ['a', 'b', 'c', 'd', 'e', 'x']);
    assert.equal(cache.counts.entries, 0);
  });

  it('never holds more than its limit, and of what was used just what was used last', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 100 }), (uses) => {
        const cache = new ByteCache<string>(THREE);
        for (const key of uses.map(String)) if (cache.get(key) === undefined) cache.set(key, text(key));
        const { bytes, entries, maxBytes } = cache.counts;
        assert.ok(bytes <= maxBytes);
        const lastUsed = [...new Set(uses.toReversed())].slice(0, 3).map(String);
        assert.equal(entries, lastUsed.length);
        assert.ok(lastUsed.every((key) => cache.get(key) === text(key)));
      }),
    );
  });

  it('estimates what its entries take to within a third of what the heap grows by', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const words = { english: 'some words of a memory ', russian: 'несколько слов о памяти ' };
    for (const [language, sentence] of Object.entries(words)) {
      const cache = new ByteCache<object>({ maxBytes: 1e9, maxEntryBytes: 1e6 });
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let at = 0; at < 5_000; at++) cache.set(`entry ${at}`, plainData(sentence, at));
      collect();
      const ratio = cache.counts.bytes / (process.memoryUsage().heapUsed - before);
      assert.ok(ratio > 0.75 && ratio < 1.33, `${language}: ${ratio}`);
    }
  });
});

/** Something like a memory; its strings are its own, none a part of another. */
function plainData(sentence: string, at: number): object {
  const own = (value: string) => Buffer.from(value).toString();
  const tags = [own(`one ${at}`), own(`two ${at}`)];
  return { id: own(`id ${at}`), tags, at: Date.now() + at, content: own(`${sentence.repeat(40)} ${at}`) };
}
