import { ASCII } from './characters.ts';
import type { Query } from './query.ts';

/** What may stand within a compound and is not in the word that it is as a whole. */
const JOINTS = "-_.'";

/** The place of all that is looked for by one character; each character of the others has a place of its own. */
const ALONE = 1 << 0;
const OTHER_PLACES = 31;
/** More characters of a word than these tell hardly more. */
const MOST_OF_A_WORD = 8;

/**
 * Finds where a text may have a word of a query: wherever it has one, there is a candidate within the same stretch between
 * blanks, and in most others there is none. That takes a small part of the time in which words are cut and stemmed. A
 * regular expression would do the same, but to compile one for each query takes as long as to search.
 *
 * It relies on Porter's stemmer changing no more than the last letter of what it leaves of a word ("happy" is "happi",
 * "filing" is "file"), and on folding changing nothing but case in ASCII; so whatever is not ASCII is looked at.
 *
 * Shift-And: Baeza-Yates and Gonnet, "A new approach to text searching", Communications of the ACM 35 (1992).
 */
export class Candidates {
  /** For each character of ASCII, a bit at each place where a word has it. */
  private readonly places = new Int32Array(ASCII);
  /** The places that may be reached from themselves: all of them over a joint, none over another character. */
  private readonly kept = new Int32Array(ASCII);
  /** The places where words begin, and where what is looked for of them ends. */
  private firsts = ALONE;
  private lasts = ALONE;

  constructor({ terms, prefixes }: Query) {
    const words = [...[...terms].map((term) => term.slice(0, Math.max(1, term.length - 1))), ...prefixes];
    let last = ALONE;
    for (const beginning of beginningsOf(words.filter(isAscii))) {
      if (beginning.length === 1) this.put(beginning, ALONE);
      else last = this.add(beginning, last << 1);
    }
    for (const joint of JOINTS) this.kept[joint.charCodeAt(0)] = -1;
  }

  /** A place within the first candidate from `from` on, which is not within a word; -1 if there is none. */
  next(text: string, from: number): number {
    const { places, kept, firsts, lasts } = this;
    let reached = 0;
    for (let at = from; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= ASCII) return at;
      reached = (((reached << 1) | firsts) & (places[unit] ?? 0)) | (reached & (kept[unit] ?? 0));
      if ((reached & lasts) !== 0) return at;
    }
    return -1;
  }

  /** @returns the place of its last character; its first one is at `first` */
  private add(beginning: string, first: number): number {
    for (const [at, character] of [...beginning].entries()) this.put(character, first << at);
    const last = first << (beginning.length - 1);
    this.firsts |= first;
    this.lasts |= last;
    return last;
  }

  private put(character: string, bit: number): void {
    for (const unit of [character, character.toUpperCase()].map((each) => each.charCodeAt(0)))
      this.places[unit] = (this.places[unit] ?? 0) | bit;
  }
}

/** What is looked for of these words, so that there are places for it: the fewer they are, the more of each. */
function beginningsOf(words: readonly string[], most = MOST_OF_A_WORD): string[] {
  const beginnings = [...new Set(words.map((word) => word.slice(0, most)))];
  const places = beginnings.reduce((sum, { length }) => sum + (length > 1 ? length : 0), 0);
  return places <= OTHER_PLACES ? beginnings : beginningsOf(words, most - 1);
}

function isAscii(word: string): boolean {
  return /^[\x21-\x7e]+$/.test(word);
}
