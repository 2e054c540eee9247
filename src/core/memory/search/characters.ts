// What a character does to a word; 0 stands for not yet known.
const OTHER = 1;
/** A letter that is not upper case, or has no case. */
export const LETTER = 2;
export const UPPER = 3;
export const DIGIT = 4;
export const UNDERSCORE = 5;
/** `-`, `.` and apostrophes: part of a word only between two of its characters. */
export const JOINER = 6;
/** Combining marks and invisible joiners: they continue a word, and begin none. */
export const MARK = 7;
/** A letter of a script that is written without spaces, so that a run of them is not one word. */
export const UNSPACED = 8;

const SURROGATE = 9;
const JOINERS = "-.'\u2010\u2011\u2019";
const INVISIBLE = '\u00ad\u200c\u200d\u2060\ufeff';
const UNSPACED_SCRIPT =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Yi}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u;

/** One class for each UTF-16 code unit, filled in as they are met. */
const classes = new Uint8Array(65_536).fill(SURROGATE, 0xd800, 0xe000);

/** The units below this, and their classes: loops over whole texts look here first. */
export const ASCII = 128;
export const ASCII_CLASSES = Uint8Array.from({ length: ASCII }, (_, unit) => learn(unit));

/** The class of the character at `at`, in any position of a surrogate pair. Past the end: `OTHER`. */
export function characterClass(text: string, at: number): number {
  if (at >= text.length) return OTHER;
  const unit = text.charCodeAt(at);
  const known = classes[unit] ?? 0;
  if (known === SURROGATE) return astralClass(text, at);
  return known === 0 ? learn(unit) : known;
}

/** Whether the unit at `at` is the second of a surrogate pair: a text must not be cut before it. */
export function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function learn(unit: number): number {
  const found = classify(String.fromCharCode(unit));
  classes[unit] = found;
  return found;
}

function astralClass(text: string, at: number): number {
  const before = at > 0 ? text.codePointAt(at - 1) : undefined;
  const point = before !== undefined && before > 0xffff ? before : text.codePointAt(at);
  if (point === undefined || point <= 0xffff) return OTHER;
  const found = classify(String.fromCodePoint(point));
  // Case outside the basic plane (Deseret, mathematical letters) says nothing about humps.
  return found === UPPER ? LETTER : found;
}

function classify(character: string): number {
  if (character === '_') return UNDERSCORE;
  if (JOINERS.includes(character)) return JOINER;
  if (/\p{M}/u.test(character) || INVISIBLE.includes(character)) return MARK;
  if (!/[\p{L}\p{N}]/u.test(character)) return OTHER;
  if (UNSPACED_SCRIPT.test(character)) return UNSPACED;
  if (/\p{N}/u.test(character)) return DIGIT;
  return /[\p{Lu}\p{Lt}]/u.test(character) ? UPPER : LETTER;
}
