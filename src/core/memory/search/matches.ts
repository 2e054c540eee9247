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

/** The places in `text` that a query finds, by where they start. Parts of a compound and the whole overlap. */
export function findMatches(text: string, query: Query): Match[] {
  const matches: Match[] = [];
  // Neither stemming nor a prefix changes the first letter, so most words need not even be cut out.
  const initials = new Set([...query.terms, ...query.prefixes].map((word) => word.charCodeAt(0)));
  tokenize(text, (source, from, to, _kind, start, end) => {
    if (!initials.has(source.charCodeAt(from))) return;
    const word = matchedWord(source.slice(from, to), query);
    if (word !== undefined) matches.push({ start, end, word });
  });
  return matches.toSorted((a, b) => a.start - b.start);
}

/** The same places, those that touch or overlap as one. */
export function merged(matches: readonly Match[]): [start: number, end: number][] {
  const spans: [start: number, end: number][] = [];
  for (const { start, end } of matches) {
    const last = spans.at(-1);
    if (last === undefined || start > last[1]) spans.push([start, end]);
    else last[1] = Math.max(last[1], end);
  }
  return spans;
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
