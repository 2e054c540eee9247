import {
  ASCII,
  ASCII_CLASSES,
  characterClass,
  DIGIT,
  JOINER,
  LETTER,
  MARK,
  UNDERSCORE,
  UNSPACED,
  UPPER,
} from './characters.ts';
import { compoundParts, joinParts, looksRandom } from './compound.ts';
import { foldWord } from './fold.ts';
import type { TokenVisitor } from './token.ts';
import { visitUnspaced } from './unspaced.ts';

// What is longer is data, not prose: of a surface the beginning is kept, and a compound is not taken apart.
const MAX_SURFACE = 64;
const MAX_COMPOUND = 256;
// From here on it is asked whether the parts of a compound are words at all.
const MANY_PARTS = 5;
const SHORTEST_BLOB = 300;
const CLITIC = /['\u2019](?:s|t|d|m|ll|re|ve)(?![\p{L}\p{N}\p{M}_])/iuy;

// Traits of a word, as bits; a word without any is its own surface.
const FOREIGN = 1;
const COMPOUND = 2;
const CASED = 4;

/**
 * Gives every token of `text` to `visit`, in order of their ends.
 *
 * Words are runs of letters, digits and underscores; `-`, `.` and apostrophes join them when they stand between
 * two of these. A compound (`fetchUserById`, `snake_case`, `kebab-case`, `foo.bar`) is given by its parts and as
 * a whole without its joints, so that the spellings of one identifier meet. English clitics (`'s`, `'ll`) are
 * dropped. Scripts without spaces are given as overlapping pairs of characters, as Lucene's CJKAnalyzer does.
 * Surfaces are cut at 64 characters, and stretches of base64 are passed over.
 */
export function tokenize(text: string, visit: TokenVisitor): void {
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const kind = classOf(text, at, unit);
    if (kind === UNSPACED) at = visitUnspaced(text, at, visit);
    else if (kind >= LETTER && kind <= UNDERSCORE) at = visitWord(text, at, visit);
    else at += 1;
  }
}

function visitWord(text: string, start: number, visit: TokenVisitor): number {
  let traits = 0;
  let at = start;
  const { length } = text;
  for (; at < length; at++) {
    const unit = text.charCodeAt(at);
    const kind = classOf(text, at, unit);
    if (kind === LETTER) {
      if (unit >= ASCII) traits |= FOREIGN;
      continue;
    }
    if (kind === UPPER) traits |= at > start ? COMPOUND | CASED : CASED;
    else if (kind === UNDERSCORE || (kind === JOINER && joins(text, at))) traits |= COMPOUND;
    else if (kind !== DIGIT && kind !== MARK) break;
    if (unit >= ASCII) traits |= FOREIGN;
  }
  if ((traits & COMPOUND) !== 0) return visitCompound(text, start, at, traits, visit);
  if (traits === 0) visit(text, start, Math.min(at, start + MAX_SURFACE), 'word', start, at);
  else visitSurface(surfaceOf(beginning(text, start, at), traits), start, at, visit);
  return afterClitic(text, at);
}

/** `characterClass`, with one look for ASCII. */
function classOf(text: string, at: number, unit: number): number {
  return unit < ASCII ? (ASCII_CLASSES[unit] ?? 0) : characterClass(text, at);
}

/** Whether the joiner at `at` has a character of a word behind it too, and no clitic. */
function joins(text: string, at: number): boolean {
  const next = characterClass(text, at + 1);
  return next >= LETTER && next <= UNDERSCORE && afterClitic(text, at) === at;
}

function afterClitic(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit !== 0x27 && unit !== 0x2019) return at;
  CLITIC.lastIndex = at;
  return CLITIC.test(text) ? CLITIC.lastIndex : at;
}

function surfaceOf(word: string, traits: number): string {
  if ((traits & FOREIGN) !== 0) return foldWord(word);
  return word.toLowerCase();
}

function visitCompound(
  text: string,
  start: number,
  end: number,
  traits: number,
  visit: TokenVisitor,
): number {
  if (end - start > MAX_COMPOUND) return visitUnparted(text, start, end, traits, visit);
  const parts = compoundParts(text, start, end);
  if (parts.length >= MANY_PARTS && (blobEnd(text, start) > start || looksRandom(parts))) {
    return visitUnparted(text, start, end, traits, visit);
  }
  if (parts.length > 1) {
    for (const part of parts) {
      visitSurface(surfaceOf(beginning(text, part.start, part.end), traits), part.start, part.end, visit);
    }
  }
  const whole = joinParts(text, parts).slice(0, MAX_SURFACE);
  if (whole !== '') visitSurface(surfaceOf(whole, traits), start, end, visit);
  return afterClitic(text, end);
}

/** What is no identifier: nothing if it begins a blob, else one word. */
function visitUnparted(
  text: string,
  start: number,
  end: number,
  traits: number,
  visit: TokenVisitor,
): number {
  const blob = blobEnd(text, start);
  if (blob > start) return Math.max(end, blob);
  visitSurface(surfaceOf(beginning(text, start, end), traits), start, end, visit);
  return end;
}

/** Where the stretch of base64 at `start` ends; `start` if it is too short to be one. */
function blobEnd(text: string, start: number): number {
  let end = start;
  while (isBase64(text.charCodeAt(end))) end++;
  return end - start >= SHORTEST_BLOB ? end : start;
}

function isBase64(unit: number): boolean {
  const letter = unit | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x2b ||
    unit === 0x2f ||
    unit === 0x3d
  );
}

function visitSurface(surface: string, start: number, end: number, visit: TokenVisitor): void {
  visit(surface, 0, surface.length, 'word', start, end);
}

function beginning(text: string, start: number, end: number): string {
  return text.slice(start, Math.min(end, start + MAX_SURFACE));
}
