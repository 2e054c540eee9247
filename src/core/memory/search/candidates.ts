import { ASCII } from './characters.ts';
import type { Query } from './query.ts';

/** What may stand within a compound and is not in the word that it is as a whole. */
const JOINTS = "-_.'";
/** More characters of a word than these tell hardly more. */
const MOST_OF_A_WORD = 5;
/** So that each character of a pattern has a bit of a number. */
const WORDS_OF_A_PATTERN = Math.floor(31 / MOST_OF_A_WORD);

/**
 * Finds where a text may have a word of a query: wherever it has one, there is a candidate within the same stretch between
 * blanks, and in most others there is none. That takes a small part of the time in which words are cut and stemmed. A
 * regular expression would do the same, but to compile one for each query takes as long as to search.
 *
 * It relies on Porter's stemmer changing no more than the last letter of what it leaves of a word ("happy" is "happi",
 * "filing" is "file"), and on folding changing nothing but case in ASCII; so whatever is not ASCII is looked at.
 */
export class Candidates {
  private readonly patterns: readonly Pattern[];

  constructor({ terms, prefixes }: Query) {
    const words = [...[...terms].map((term) => term.slice(0, Math.max(1, term.length - 1))), ...prefixes];
    const beginnings = new Set(words.filter(isAscii).map((word) => word.slice(0, MOST_OF_A_WORD)));
    this.patterns = inParts([...beginnings], WORDS_OF_A_PATTERN).map((part) => new Pattern(part));
  }

  /** Gives, for a place that is not within a word, a place within the first candidate from there on; the end if there is none. */
  in(text: string): (from: number) => number {
    const found = this.patterns.map(() => -1);
    return (from) => {
      for (const [at, pattern] of this.patterns.entries())
        if ((found[at] ?? 0) < from) found[at] = pattern.next(text, from);
      return Math.min(...found);
    };
  }
}

/**
 * Some words, in either case and with joints within them or without, looked for all at once.
 *
 * Shift-And: Baeza-Yates and Gonnet, "A new approach to text searching", Communications of the ACM 35 (1992). Of "ab" and
 * "cd", the places are 1, 2, 4 and 8; 1 and 4 are the first ones, 2 and 8 the last ones, and "a" stands at 1.
 */
class Pattern {
  /** For each character of ASCII, the places where it stands. */
  private readonly places = new Int32Array(ASCII);
  /** The places that stay reached behind it: all of them behind a joint, none behind another. */
  private readonly kept = new Int32Array(ASCII);
  private firsts = 0;
  private lasts = 0;

  constructor(words: readonly string[]) {
    let place = 1;
    for (const word of words) {
      this.firsts |= place;
      for (const character of word) {
        for (const unit of [character, character.toUpperCase()].map((each) => each.charCodeAt(0)))
          this.places[unit] = (this.places[unit] ?? 0) | place;
        place <<= 1;
      }
      this.lasts |= place >>> 1;
    }
    for (const joint of JOINTS) this.kept[joint.charCodeAt(0)] = -1;
  }

  /** Where the first word from `from` on ends, or a character is that is not ASCII; else the end. */
  next(text: string, from: number): number {
    const { places, kept, firsts, lasts } = this;
    let reached = 0;
    let at = from;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= ASCII) break;
      reached = (((reached << 1) | firsts) & (places[unit] ?? 0)) | (reached & (kept[unit] ?? 0));
      if ((reached & lasts) !== 0) break;
    }
    return at;
  }
}

/** The words by so many; one part at least, which may be empty. */
function inParts(words: readonly string[], most: number): string[][] {
  const parts = [words.slice(0, most)];
  for (let from = most; from < words.length; from += most) parts.push(words.slice(from, from + most));
  return parts;
}

function isAscii(word: string): boolean {
  return /^[\x21-\x7e]+$/.test(word);
}
