import { stemWord } from './stem.ts';
import { isStopword } from './stopwords.ts';
import type { TokenKind } from './token.ts';
import { tokenize } from './tokenize.ts';

/** A query as the index reads it. */
export interface Query {
  /** The terms to look for, each once. */
  readonly terms: ReadonlySet<string>;
  /** What the last word may be the beginning of: the word, and its last part if it is a compound. */
  readonly prefixes: readonly string[];
}

interface Token {
  readonly surface: string;
  readonly end: number;
  readonly kind: TokenKind;
}

/**
 * Reads a query. Stopwords are left out, unless there is nothing else. With `prefix`, the last word counts as
 * unfinished, as it is while someone types.
 */
export function parseQuery(query: string, prefix: boolean): Query {
  const tokens: Token[] = [];
  tokenize(query, (source, from, to, kind, _start, end) => {
    if (kind !== 'character') tokens.push({ surface: source.slice(from, to), end, kind });
  });
  const telling = tokens.filter(({ surface }) => !isStopword(surface));
  const used = telling.length > 0 ? telling : tokens;
  return {
    terms: new Set(used.map(({ surface }) => stemWord(surface))),
    prefixes: prefix ? lastWord(tokens) : [],
  };
}

function lastWord(tokens: readonly Token[]): string[] {
  const end = tokens.at(-1)?.end;
  return tokens.filter((token) => token.end === end && token.kind === 'word').map(({ surface }) => surface);
}
