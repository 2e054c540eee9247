import type { Query } from './query.ts';

const FOREIGN = '[^\\x00-\\x7f]';
/** What may stand within a compound and is not in the word that it is as a whole. */
const JOINTS = "[-_.']*";

/**
 * Finds where a text may have a word of a query: wherever it has one, this matches within the same stretch between blanks,
 * and in most others it does not. Engines look for a pattern many times as fast as words are cut and stemmed.
 *
 * It relies on Porter's stemmer changing no more than the last letter of what it leaves of a word ("happy" is "happi",
 * "filing" is "file"), and on folding changing nothing but case in ASCII; so whatever is not ASCII is looked at.
 */
export function candidatesOf({ terms, prefixes }: Query): RegExp {
  const beginnings = [...terms].map((term) => term.slice(0, Math.max(1, term.length - 1)));
  const patterns = [...beginnings, ...prefixes].filter(isAscii).map(spelled);
  return new RegExp([FOREIGN, ...patterns].join('|'), 'gi');
}

function isAscii(word: string): boolean {
  return /^[\x21-\x7e]+$/.test(word);
}

function spelled(word: string): string {
  return [...word].map((character) => character.replace(/\W/, '\\$&')).join(JOINTS);
}
