import { saturation, termWorth } from './bm25.ts';
import type { Documents } from './documents.ts';
import { Frequencies } from './frequencies.ts';
import { grown } from './grown.ts';
import type { IndexParts } from './indexParts.ts';
import type { Query } from './query.ts';

/** What a word is worth that only begins like the last word of the query, beside one that is the same. */
const PREFIX_WORTH = 0.5;

/**
 * Scores the documents of an index for a query: the sum of BM25 over the query's terms, of which one is enough.
 * All terms that the last word may be the beginning of count as one more term, held by every document with any of
 * them and worth half; so the shorter the beginning, the less it says.
 */
export class Scoring {
  /** The score of each slot; 0 where there is no term of the query. Removed documents are among them. */
  scores = new Float64Array(0);
  private readonly frequencies = new Frequencies();

  /** Fills `scores`, which the caller clears after use. */
  score(parts: IndexParts, query: Query): void {
    const { slots } = parts.documents;
    this.frequencies.reserve(slots);
    if (slots > this.scores.length) this.scores = grown(this.scores, Float64Array, slots);
    const terms = [...query.terms].map((name) => parts.vocabulary.term(name));
    for (const term of terms) this.addGroup(parts, [term], 1);
    const unfinished = termsBeginningWith(parts, query.prefixes);
    for (const term of terms) unfinished.delete(term);
    this.addGroup(parts, [...unfinished], PREFIX_WORTH);
  }

  /** Scores all of `terms` as one. */
  private addGroup(
    { documents, vocabulary, postings }: IndexParts,
    terms: readonly number[],
    share: number,
  ): void {
    const { frequencies, scores } = this;
    const surfaces = terms.flatMap((term) => [...vocabulary.surfacesOf(term)]);
    frequencies.gather(postings, surfaces, documents.slots);
    const { slots, weights, count } = frequencies;
    const { lengths } = documents;
    const { most, flat, slope } = saturation(documents.totalLength / documents.live);
    const best = share * termWorth(documents.live, liveAmong(documents, frequencies)) * most;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] ?? 0;
      const frequency = weights[i] ?? 0;
      const part = frequency / (frequency + flat + slope * (lengths[slot] ?? 0));
      scores[slot] = (scores[slot] ?? 0) + best * part;
    }
  }
}

/** The terms with a surface that a document holds and that begins like one of `prefixes`. */
function termsBeginningWith(parts: IndexParts, prefixes: readonly string[]): Set<number> {
  const { vocabulary } = parts;
  const surfaces = new Set(prefixes.flatMap((prefix) => [...vocabulary.beginningWith(prefix)]));
  const terms = new Set<number>();
  for (const surface of surfaces) {
    const term = vocabulary.termOf(surface);
    // A term whose surfaces are all among them adds nothing if no document holds one.
    const counts = [...vocabulary.surfacesOf(term)].every((other) => surfaces.has(other));
    if (!terms.has(term) && (counts || isHeld(parts, surface))) terms.add(term);
  }
  return terms;
}

/** Whether a document that is not removed has a surface. */
function isHeld({ documents, postings }: IndexParts, surface: number): boolean {
  let held = false;
  postings.each(surface, (slot) => (held ||= documents.isLive(slot)));
  return held;
}

function liveAmong(documents: Documents, { slots, count }: Frequencies): number {
  if (documents.slots === documents.live) return count;
  let live = 0;
  for (let i = 0; i < count; i++) if (documents.isLive(slots[i] ?? 0)) live++;
  return live;
}
