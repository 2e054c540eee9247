import { eng } from 'stopword/src/stopwords_eng.js';

const STOPWORDS: ReadonlySet<string> = new Set(eng);

/** A word so frequent in English that it says nothing. */
export function isStopword(surface: string): boolean {
  return STOPWORDS.has(surface);
}
