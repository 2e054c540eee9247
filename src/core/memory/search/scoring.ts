import { saturation, termWorth } from './bm25.ts';
import type { IndexParts } from './indexParts.ts';
import type { Query } from './query.ts';
import { SparseSums } from './sparseSums.ts';

/** What a word is worth that only begins like the last word of the query, beside one that is the same. */
const PREFIX_WORTH = 0.5;

/**
 * Scores the documents of an index for a query: the sum of BM25 over the query's terms, of which one is enough.
 * All terms that the last word may be the beginning of count as one more term, held by every document with any of
 * them and worth half; so the shorter the beginning, the less it says.
 */
export class Scoring {
  /** The score of each slot; removed documents are among them. */
  readonly scores = new SparseSums();
  private readonly frequencies = new SparseSums();

  /** Fills `scores`, which the caller clears after use. */
  score(parts: IndexParts, query: Query): void {
    this.scores.reserve(parts.documents.slots);
    for (const name of query.terms) this.addTerm(parts, parts.vocabulary.term(name));
    const unfinished = termsBeginningWith(parts, query);
    if (unfinished.size > 0) this.addGroup(parts, unfinished);
  }

  private addTerm({ documents, vocabulary, postings }: IndexParts, term: number): void {
    const holding = vocabulary.documentsWith(term);
    if (holding === 0) return;
    const worth = termWorth(documents.live, holding);
    const average = documents.totalLength / documents.live;
    const count = postings.read(term);
    const { slots, weights } = postings;
    const { lengths } = documents;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] ?? 0;
      this.scores.add(slot, worth * saturation(weights[i] ?? 0, lengths[slot] ?? 0, average));
    }
  }

  private addGroup(parts: IndexParts, terms: ReadonlySet<number>): void {
    const { documents } = parts;
    const { frequencies } = this;
    for (const term of terms) this.sumFrequencies(parts, term);
    const worth = PREFIX_WORTH * termWorth(documents.live, frequencies.count);
    const average = documents.totalLength / documents.live;
    for (let i = 0; i < frequencies.count; i++) {
      const slot = frequencies.touched[i] ?? 0;
      const frequency = frequencies.values[slot] ?? 0;
      this.scores.add(slot, worth * saturation(frequency, documents.lengths[slot] ?? 0, average));
    }
    frequencies.clear();
  }

  private sumFrequencies({ documents, postings }: IndexParts, term: number): void {
    this.frequencies.reserve(documents.slots);
    const count = postings.read(term);
    for (let i = 0; i < count; i++) {
      const slot = postings.slots[i] ?? 0;
      if (documents.isLive(slot)) this.frequencies.add(slot, postings.weights[i] ?? 0);
    }
  }
}

function termsBeginningWith({ vocabulary }: IndexParts, query: Query): Set<number> {
  const terms = new Set<number>();
  for (const prefix of query.prefixes) {
    for (const surface of vocabulary.beginningWith(prefix)) terms.add(vocabulary.termOf(surface));
  }
  for (const name of query.terms) terms.delete(vocabulary.term(name));
  return terms;
}
