// BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); the fields are
// weighted before saturation, as in BM25F. The inverse document frequency is Lucene's, which is never negative.

/** A word of the title counts as this many words of the content, in frequency and in length. */
export const TITLE_WEIGHT = 3;

const K1 = 1.2;
const B = 0.75;

/** What a term is worth that `holding` of `documents` documents hold; above 0. */
export function termWorth(documents: number, holding: number): number {
  return Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
}

/**
 * The constants of a document's part in a term's worth, `most * frequency / (frequency + flat + slope * length)`, where
 * documents are `averageLength` long: above 0, below `most`.
 */
export function saturation(averageLength: number): { most: number; flat: number; slope: number } {
  return { most: K1 + 1, flat: K1 * (1 - B), slope: (K1 * B) / averageLength };
}
