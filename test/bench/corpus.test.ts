import assert from 'node:assert/strict';
import { Corpus } from '../../bench/corpus/corpus.ts';

describe('the corpus of the benchmarks', () => {
  const corpus = new Corpus();
  const memories = corpus.memories(50);

  it('is the same every time', () => {
    assert.deepEqual(new Corpus().memories(50), memories);
  });

  it('has 160 words in each memory', () => {
    for (const { content } of memories) assert.equal(content.split(/\s+/).length, 160);
  });

  it('asks for words of one of the memories', () => {
    for (const query of corpus.queries(50, memories)) {
      const words = query.split(' ');
      assert.ok(words.length >= 2 && words.length <= 4, query);
      const about = memories.filter(({ content }) =>
        words.every((word) => content.toLowerCase().includes(word)),
      );
      assert.notEqual(about.length, 0, query);
    }
  });

  it('has phrases that stand in one of the memories to the letter', () => {
    for (const phrase of corpus.phrases(50, memories)) {
      assert.match(phrase, /^\p{L}+ \p{L}+$/u);
      assert.ok(
        memories.some(({ content }) => content.includes(phrase)),
        phrase,
      );
    }
  });
});
