import { eng } from 'stopword/src/stopwords_eng.js';

/** Words so frequent in English that they say nothing. */
export const STOPWORDS: ReadonlySet<string> = new Set(eng);

export function isStopword(surface: string): boolean {
  return STOPWORDS.has(surface);
}
