import { Candidates } from './candidates.ts';
import type { Query } from './query.ts';
import { stemWord } from './stem.ts';
import { isStopword } from './stopwords.ts';
import { tokenize } from './tokenize.ts';

/** A stretch of a text: UTF-16 units, end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a text has a word of a query. */
export interface Match extends Span {
  /** Which word of the query: its term, or the beginning that the last word is. */
  readonly word: string;
}

/**
 * The places in `text` that a query finds, as the index finds them, by where they start. Parts of a compound and the
 * whole overlap. Only the stretches between blanks that may hold one are cut into words.
 * @param candidates of the query, for whoever looks through many texts
 */
export function findMatches(text: string, query: Query, candidates = new Candidates(query)): Match[] {
  const matches: Match[] = [];
  const next = candidates.in(text);
  let at = 0;
  for (let found = next(0); found < text.length; found = next(at)) {
    const from = 1 + lastBlankBefore(text, found, at);
    at = nextBlank(text, found);
    addMatches(text.slice(from, at), from, query, matches);
  }
  return matches.toSorted((a, b) => a.start - b.start);
}

function lastBlankBefore(text: string, index: number, least: number): number {
  let at = index - 1;
  while (at >= least && !isBlank(text, at)) at--;
  return at;
}

function nextBlank(text: string, index: number): number {
  let at = index;
  while (at < text.length && !isBlank(text, at)) at++;
  return at;
}

/** Blanks of ASCII, and control characters: no word goes over one. */
function isBlank(text: string, at: number): boolean {
  return text.charCodeAt(at) <= 0x20;
}

function addMatches(stretch: string, offset: number, query: Query, matches: Match[]): void {
  tokenize(stretch, (source, from, to, _kind, start, end) => {
    const word = matchedWord(source.slice(from, to), query);
    if (word !== undefined) matches.push({ start: offset + start, end: offset + end, word });
  });
}

/**
 * The stretch of at most `length` with the most different words of the query, then the most places, then the
 * earliest; undefined when there are no matches. `matches` are in the order of their start.
 */
export function densest(matches: readonly Match[], length: number): Span | undefined {
  const inside = new Map<string, number>();
  let best: Span | undefined;
  let bestWorth = 0;
  let left = 0;
  matches.forEach((match, right) => {
    inside.set(match.word, (inside.get(match.word) ?? 0) + 1);
    for (; left < right && match.end - startOf(matches, left) > length; left++) leave(inside, matches[left]);
    const worth = inside.size + (right - left) / matches.length;
    if (worth <= bestWorth) return;
    bestWorth = worth;
    best = { start: startOf(matches, left), end: match.end };
  });
  return best;
}

function startOf(matches: readonly Match[], index: number): number {
  return matches[index]?.start ?? 0;
}

function leave(inside: Map<string, number>, match: Match | undefined): void {
  if (match === undefined) return;
  const left = (inside.get(match.word) ?? 0) - 1;
  if (left > 0) inside.set(match.word, left);
  else inside.delete(match.word);
}

function matchedWord(surface: string, query: Query): string | undefined {
  const term = stemWord(surface);
  if (query.terms.has(term)) return term;
  return isStopword(surface) ? undefined : query.prefixes.find((prefix) => surface.startsWith(prefix));
}
