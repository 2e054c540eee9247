import assert from 'node:assert/strict';
import { NumberReader, NumberWriter } from '../../../../src/core/memory/search/numbers.ts';
import { Vocabulary } from '../../../../src/core/memory/search/vocabulary.ts';
import { WordTable } from '../../../../src/core/memory/search/wordTable.ts';

const UINT32 = 4;

/** Whether what was read back is as long as what was written, which is how a reader tells that it is sound. */
function isSound(bytes: Uint8Array, restore: (from: NumberReader) => void): boolean {
  const reader = new NumberReader(bytes);
  restore(reader);
  return reader.isSpent;
}

describe('what a vocabulary saved', () => {
  it('finds the same words, the new ones after them too', () => {
    const words = ['alpha', 'betas', 'beta', 'gamma'];
    const vocabulary = new Vocabulary();
    for (const word of words) vocabulary.surface(word, 0, word.length);
    const writer = new NumberWriter();
    vocabulary.save(writer);
    const restored = new Vocabulary();
    assert.ok(isSound(writer.written(), (from) => restored.restore(from)));
    for (const each of [...words, 'delta', 'alphas'])
      assert.equal(restored.surface(each, 0, each.length), vocabulary.surface(each, 0, each.length), each);
    assert.equal(restored.term('beta'), vocabulary.term('beta'));
    assert.deepEqual(
      [...restored.surfacesOf(restored.term('beta'))],
      [...vocabulary.surfacesOf(vocabulary.term('beta'))],
    );
  });

  it('finds a word at the first look too, whatever longer ones it stands in', () => {
    const table = new WordTable();
    const longer = Array.from({ length: 300 }, (_, at) => `anan${at}an`);
    const words = ['b', 'nan', ...longer, 'an', 'an299', 'naïve', '海', '\ud800', 'n'];
    for (const word of words) table.number(word, 0, word.length);
    const writer = new NumberWriter();
    table.save(writer);
    for (const word of [...words, 'a', 'ana', 'nana', 'zebra', 'ban', '水']) {
      const restored = new WordTable();
      assert.ok(isSound(writer.written(), (from) => restored.restore(from)));
      for (const sought of [word, 'zebra', word]) {
        const known = words.indexOf(sought);
        assert.equal(restored.find(`the ${sought}.`, 4, 4 + sought.length), known, sought);
      }
    }
  });

  it('is refused when a word has a term that is not there', () => {
    const vocabulary = new Vocabulary();
    vocabulary.surface('alpha', 0, 5);
    const writer = new NumberWriter();
    vocabulary.save(writer);
    const bytes = Buffer.from(writer.written());
    for (const [term, sound] of [
      [0, true],
      [1, false],
      [0x7fffffff, false],
    ] as const) {
      bytes.writeUInt32LE(term, bytes.length - UINT32);
      assert.equal(
        isSound(bytes, (from) => new Vocabulary().restore(from)),
        sound,
        `${term}`,
      );
    }
  });

  it('is refused when a word ends before it begins', () => {
    const table = new WordTable();
    for (const word of ['alpha', 'beta']) table.number(word, 0, word.length);
    const writer = new NumberWriter();
    table.save(writer);
    const bytes = Buffer.from(writer.written());
    assert.ok(isSound(bytes, (from) => new WordTable().restore(from)));
    // Behind the count, which is one byte, the ends of both.
    bytes.writeUInt32LE(bytes.readUInt32LE(1 + UINT32) + 1, 1);
    assert.ok(!isSound(bytes, (from) => new WordTable().restore(from)));
  });
});
