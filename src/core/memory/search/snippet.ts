import { isLowSurrogate } from './characters.ts';
import { densest, findMatches, merged, type Span } from './matches.ts';
import { parseQuery, type Query } from './query.ts';

export interface SnippetOptions {
  /** The most characters (UTF-16 units) to give, ellipses counted; default 200. */
  readonly length?: number | undefined;
  /** Whether the last word of the query may be unfinished; default false. */
  readonly prefix?: boolean | undefined;
}

export interface Snippet {
  /** One line: white space is folded, and an ellipsis stands where the content goes on. */
  readonly text: string;
  /** Where words of the query are in `text`: start and end (excluded), in order, apart from each other. */
  readonly matches: readonly (readonly [start: number, end: number])[];
}

const ELLIPSIS = '…';
const BEGINNING: Span = { start: 0, end: 0 };
/** How much of a content is looked through, so that a snippet of 50 MB costs what one of 1 MB does. */
const LONGEST_SCAN = 1_000_000;
/** How many characters of a content are enough to give the snippet that the whole of it has: room for the passage too. */
export const SNIPPET_SCAN = LONGEST_SCAN + 1_000;
/** How far a cut may move to fall between words. */
const LONGEST_MOVE = 30;

/**
 * The passage of `content` that has the most of the query's words, found as the index finds them; the beginning
 * when it has none. Only the first million characters of a content are looked through.
 */
export function snippet(content: string, query: string, options: SnippetOptions = {}): Snippet {
  const { length = 200, prefix = false } = options;
  const asked = parseQuery(query, prefix);
  const text = bestPassage(content.trim(), asked, length);
  return { text, matches: merged(findMatches(text, asked)) };
}

function bestPassage(content: string, asked: Query, length: number): string {
  if (content.length <= length) return oneLine(content);
  const room = Math.max(1, length - 2 * ELLIPSIS.length);
  const best = densest(findMatches(content.slice(0, LONGEST_SCAN), asked), room) ?? BEGINNING;
  const { start, end } = cutBetweenWords(content, best, widened(best, content.length, room));
  const line = oneLine(content.slice(start, end));
  return (start > 0 ? ELLIPSIS : '') + line + (end < content.length ? ELLIPSIS : '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
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
  return /\s/.test(content.charAt(at));
}
