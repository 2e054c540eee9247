import { Candidates } from './candidates.ts';
import { isLowSurrogate } from './characters.ts';
import { densest, findMatches, type Match, type Span } from './matches.ts';
import type { Query } from './query.ts';

const ELLIPSIS = '…';
const BEGINNING: Span = { start: 0, end: 0 };
/** How much of a content is looked through, so that a snippet of 50 MB costs what one of 1 MB does. */
const LONGEST_SCAN = 1_000_000;
/** How many characters of a content are enough to give the snippet that the whole of it has: room for the passage too. */
export const SNIPPET_SCAN = LONGEST_SCAN + 1_000;
/** How far a cut may move to fall between words. */
const LONGEST_MOVE = 30;

/** The most characters of a snippet (UTF-16 units), ellipses counted. */
const LENGTH = 200;

/**
 * Gives the passage of a content that has the most of the query's words, found as the index finds them; the beginning when
 * it has none. It is one line of at most `length` characters: white space is folded, and an ellipsis stands where the
 * content goes on. Only the first million characters of a content are looked through.
 */
export function snippetsFor(asked: Query, length = LENGTH): (content: string) => string {
  const candidates = new Candidates(asked);
  return (content) => snippet(content.trim(), (text) => findMatches(text, asked, candidates), length);
}

function snippet(text: string, find: (text: string) => readonly Match[], length: number): string {
  if (text.length <= length) return oneLine(text);
  const room = Math.max(1, length - 2 * ELLIPSIS.length);
  const best = densest(find(text.slice(0, LONGEST_SCAN)), room) ?? BEGINNING;
  const { start, end } = cutBetweenWords(text, best, widened(best, text.length, room));
  const line = oneLine(text.slice(start, end));
  return (start > 0 ? ELLIPSIS : '') + line + (end < text.length ? ELLIPSIS : '');
}

function oneLine(text: string): string {
  return text.replace(/\s{2,}|[^\S ]/g, ' ').trim();
}

/** `span` widened to `room`, twice as much behind it as before it. A span that is longer is cut. */
function widened({ start, end }: Span, total: number, room: number): Span {
  const spare = Math.max(0, room - (end - start));
  const from = Math.max(0, Math.min(start - Math.floor(spare / 3), total - room));
  return { start: from, end: Math.min(total, from + room) };
}

/** Moves the ends of `cut` to white space if it is near, and never into `span`. */
function cutBetweenWords(content: string, span: Span, cut: Span): Span {
  const latestStart = Math.min(span.start, cut.start + LONGEST_MOVE);
  const earliestEnd = Math.max(Math.min(span.end, cut.end), cut.end - LONGEST_MOVE);
  return { start: wordStart(content, cut.start, latestStart), end: wordEnd(content, cut.end, earliestEnd) };
}

function wordStart(content: string, from: number, latest: number): number {
  if (from === 0 || isSpace(content, from - 1)) return from;
  for (let at = from; at < latest; at++) if (isSpace(content, at)) return at;
  return isLowSurrogate(content, from) ? from + 1 : from;
}

function wordEnd(content: string, from: number, earliest: number): number {
  if (from >= content.length || isSpace(content, from)) return from;
  for (let at = from; at > earliest; at--) if (isSpace(content, at - 1)) return at;
  return isLowSurrogate(content, from) ? from - 1 : from;
}

function isSpace(content: string, at: number): boolean {
  return content.charAt(at).trim() === '';
}
