import { isStopword } from '../../../../src/core/memory/search/stopwords.ts';
import { stem } from '../../../../src/core/memory/search/stem.ts';
import { tokenize } from '../../../../src/core/memory/search/tokenize.ts';
import type {
  SearchDocument,
  SearchFilter,
  SearchOptions,
  SearchResult,
} from '../../../../src/core/memory/search/searchIndex.ts';

interface Scanned {
  readonly document: SearchDocument;
  readonly length: number;
  /** Weighted frequency by surface. */
  readonly surfaces: ReadonlyMap<string, number>;
}

/** What the index must answer: BM25 by its definition, over all documents, with nothing prepared. */
export function scan(
  documents: readonly SearchDocument[],
  query: string,
  options: SearchOptions,
): SearchResult {
  const all = documents.map(scanned);
  const { terms, beginnings } = wanted(all, query, options.prefix ?? false);
  const scoreOf = scorer(all);
  const found = all
    .map((one) => ({
      ...one,
      score: terms.reduce((sum, term) => sum + scoreOf(one, [term]), 0) + 0.5 * scoreOf(one, beginnings),
    }))
    .filter(({ document, score }) => score > 0 && accepts(document, options.filter))
    .toSorted(
      (a, b) =>
        b.score - a.score ||
        b.document.updatedAt - a.document.updatedAt ||
        a.document.rowid - b.document.rowid,
    );
  const hits = found.slice(0, options.limit).map(({ document, score }) => ({ rowid: document.rowid, score }));
  return { total: found.length, hits };
}

function scorer(all: readonly Scanned[]): (one: Scanned, group: readonly string[]) => number {
  const average = all.reduce((sum, { length }) => sum + length, 0) / all.length;
  return (one, group) => {
    const frequency = frequencyIn(one, group);
    if (frequency === 0) return 0;
    const holding = all.filter((other) => frequencyIn(other, group) > 0).length;
    const worth = Math.log(1 + (all.length - holding + 0.5) / (holding + 0.5));
    // In the index's order of operations: two documents may be equally good but for the last bit of the result.
    const part = frequency / (frequency + 1.2 * 0.25 + ((1.2 * 0.75) / average) * one.length);
    return worth * 2.2 * part;
  };
}

function frequencyIn({ surfaces }: Scanned, group: readonly string[]): number {
  let sum = 0;
  for (const [surface, frequency] of surfaces) if (group.includes(stem(surface))) sum += frequency;
  return sum;
}

function scanned(document: SearchDocument): Scanned {
  const surfaces = new Map<string, number>();
  let length = 0;
  const count = (text: string, weight: number): void =>
    tokenize(text, (source, from, to) => {
      const surface = source.slice(from, to);
      surfaces.set(surface, (surfaces.get(surface) ?? 0) + weight);
      length += weight;
    });
  count(document.title, 3);
  count(document.content, 1);
  return { document, length, surfaces };
}

/** The terms of the query, and with `prefix` those that its last word may be the beginning of. */
function wanted(
  all: readonly Scanned[],
  query: string,
  prefix: boolean,
): { terms: string[]; beginnings: string[] } {
  const tokens: { surface: string; end: number; kind: string }[] = [];
  tokenize(query, (source, from, to, kind, _start, end) =>
    tokens.push({ surface: source.slice(from, to), end, kind }),
  );
  const words = tokens.filter(({ kind }) => kind !== 'character');
  const telling = words.filter(({ surface }) => !isStopword(surface));
  const terms = [...new Set((telling.length > 0 ? telling : words).map(({ surface }) => stem(surface)))];
  const last = words.filter(({ end, kind }) => prefix && kind === 'word' && end === words.at(-1)?.end);
  const beginnings = all
    .flatMap(({ surfaces }) => [...surfaces.keys()])
    .filter((surface) => !isStopword(surface) && last.some((word) => surface.startsWith(word.surface)))
    .map(stem)
    .filter((term) => !terms.includes(term));
  return { terms, beginnings };
}

function accepts(document: SearchDocument, filter: SearchFilter | undefined): boolean {
  if (filter === undefined) return true;
  const { archived, tier = document.tier, since = -Infinity, until = Infinity, rowids } = filter;
  return (
    (archived === 'include' || document.archived === (archived === 'only')) &&
    document.tier === tier &&
    document.updatedAt >= since &&
    document.updatedAt <= until &&
    (rowids === undefined || rowids.has(document.rowid))
  );
}
