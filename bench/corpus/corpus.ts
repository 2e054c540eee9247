import type { NewMemory } from '../../src/core/memory/memory.ts';
import { Random } from './random.ts';
import { isTelling, Vocabulary } from './vocabulary.ts';

const SEED = 20_261_120;
const WORDS = 160;
const TAGS = 40;

/** Memories and questions about them: of each seed always the same ones, in the same order. */
export class Corpus {
  readonly #random: Random;
  readonly #vocabulary = new Vocabulary(SEED);

  /** @param seed another one for other memories, of the same words */
  constructor(seed = SEED) {
    this.#random = new Random(seed);
  }

  /** `count` memories of 160 words, about 1 KB, that were not given before. */
  memories(count: number): NewMemory[] {
    return Array.from({ length: count }, () => this.#memory());
  }

  /** `count` searches of 2 to 4 words that stand together in one of `memories`. */
  queries(count: number, memories: readonly NewMemory[]): string[] {
    return Array.from({ length: count }, () => this.#query(this.#random.pick(memories)));
  }

  /** `count` pairs of words as they stand in one of `memories`, for a search by substring. */
  phrases(count: number, memories: readonly NewMemory[]): string[] {
    return Array.from({ length: count }, () => this.#phrase(this.#random.pick(memories)));
  }

  #memory(): NewMemory {
    const random = this.#random;
    return {
      title: capitalised(this.#words(random.between(3, 8)).join(' ')),
      content: this.#prose(WORDS),
      tags: [
        ...new Set(Array.from({ length: random.between(1, 3) }, () => `tag-${random.between(1, TAGS)}`)),
      ],
      tier: random.next() < 0.25 ? 'short_term' : 'long_term',
    };
  }

  /** Sentences in paragraphs. */
  #prose(count: number): string {
    const sentences: string[] = [];
    for (let left = count; left > 0;) {
      const length = Math.min(left, this.#random.between(6, 18));
      const end = this.#random.next() < 0.25 ? '.\n\n' : '. ';
      sentences.push(capitalised(this.#words(length).join(' ')) + end);
      left -= length;
    }
    return sentences.join('').trimEnd();
  }

  #words(count: number): string[] {
    return Array.from({ length: count }, () => this.#vocabulary.word(this.#random));
  }

  #query(about: NewMemory): string {
    const telling = [...new Set(about.content.toLowerCase().match(/\p{L}+/gu) ?? [])].filter(isTelling);
    const length = this.#random.between(2, 4);
    const first = this.#random.between(0, Math.max(0, telling.length - length));
    return telling.slice(first, first + length).join(' ');
  }

  /** Words after the first of a sentence, so that their case is as it stands. */
  #phrase({ content }: NewMemory): string {
    const pairs = [...content.matchAll(/(?<=\p{L} )(\p{L}+) (\p{L}+)/gu)];
    return this.#random.pick(pairs.filter(([, ...pair]) => pair.every(isTelling)).map(([pair]) => pair));
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
