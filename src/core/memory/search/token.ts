/**
 * `word`: a word, a part of an identifier, or an identifier as a whole. `gram`: two characters of a script
 * without spaces, or one that stands alone. `character`: one of several, indexed so that a query of a single
 * character finds it, and of no use in a longer query.
 */
export type TokenKind = 'word' | 'gram' | 'character';

/**
 * Takes a token. Its folded surface is `source.slice(from, to)`, left to the visitor to cut out, because most words
 * are folded already and an index knows most of them. It stands at `start`..`end` of the text (UTF-16 units).
 */
export type TokenVisitor = (
  source: string,
  from: number,
  to: number,
  kind: TokenKind,
  start: number,
  end: number,
) => void;
