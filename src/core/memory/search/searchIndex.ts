import { TITLE_WEIGHT } from './bm25.ts';
import type { SearchDocument, SearchFilter } from './documents.ts';
import { compact, emptyParts } from './indexParts.ts';
import { parseQuery } from './query.ts';
import { Scoring } from './scoring.ts';
import { SparseSums } from './sparseSums.ts';
import { tokenize } from './tokenize.ts';
import { TopK } from './topK.ts';

export type { SearchDocument, SearchFilter } from './documents.ts';

export interface SearchOptions {
  /** The most hits to give. */
  readonly limit: number;
  /** Whether the last word may be unfinished, as it is while someone types; default false. */
  readonly prefix?: boolean | undefined;
  /** Which documents may be found; default all. */
  readonly filter?: SearchFilter | undefined;
}

interface SearchHit {
  readonly rowid: number;
  /** BM25: above 0, and comparable within one search only. */
  readonly score: number;
}

export interface SearchResult {
  /** How many documents match, beyond `limit` too. */
  readonly total: number;
  /** Best first; of equal ones the newer, then the lower row. */
  readonly hits: readonly SearchHit[];
}

// Compacting costs as much as the live documents do, so it waits until as many have been removed.
const FEWEST_DEAD = 64;

/**
 * Of one document, words beyond this many different ones are not indexed. Prose of 50 MB has far fewer; a dump of
 * random numbers has millions that nobody searches for, and each would cost memory and time.
 */
const MOST_SURFACES = 500_000;

/**
 * A full-text index in memory, ranked by BM25 over stemmed words with the title weighted over the content. It is a
 * view: rows are put and removed one by one, and every answer is what a scan over the rows held now would give.
 */
export class SearchIndex {
  private parts = emptyParts();
  private readonly scoring = new Scoring();
  private readonly surfaces = new SparseSums();
  private readonly terms = new SparseSums();

  /** Documents held. */
  get size(): number {
    return this.parts.documents.live;
  }

  /** Takes a document in, in place of the one with the same row. */
  put(document: SearchDocument): void {
    this.remove(document.rowid);
    const { documents, vocabulary, forward } = this.parts;
    const length = this.countWords(document);
    const slot = documents.add(document, length);
    vocabulary.countDocument(this.surfaces.touched, this.surfaces.count, 1);
    forward.append(this.surfaces.touched, this.surfaces.count);
    this.appendPostings(slot);
    this.surfaces.clear();
  }

  /** Forgets a row; one that is not held is ignored. */
  remove(rowid: number): void {
    const { documents, vocabulary, forward } = this.parts;
    const slot = documents.remove(rowid);
    if (slot === undefined) return;
    forward.read(slot, (surface) => this.surfaces.add(surface, 1));
    vocabulary.countDocument(this.surfaces.touched, this.surfaces.count, -1);
    this.surfaces.clear();
    const dead = documents.slots - documents.live;
    if (dead >= FEWEST_DEAD && dead > documents.live) this.parts = compact(this.parts);
  }

  /** The documents that hold any word of the query, best first. A query without words finds nothing. */
  search(query: string, { limit, prefix = false, filter }: SearchOptions): SearchResult {
    const { scores } = this.scoring;
    this.scoring.score(this.parts, parseQuery(query, prefix));
    const result = this.best(limit, filter);
    scores.clear();
    return result;
  }

  private best(limit: number, filter: SearchFilter | undefined): SearchResult {
    const { documents } = this.parts;
    const { values, touched, count } = this.scoring.scores;
    const scoreOf = (slot: number): number => values[slot] ?? 0;
    const best = new TopK(limit, (a, b) => {
      const ahead = scoreOf(a) - scoreOf(b);
      return ahead !== 0 ? ahead > 0 : documents.precedes(a, b);
    });
    const accepted = documents.acceptedBy(filter);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const slot = touched[i] ?? 0;
      if (!accepted(slot)) continue;
      total++;
      best.offer(slot);
    }
    return {
      total,
      hits: best.inOrder().map((slot) => ({ rowid: documents.rowidOf(slot), score: scoreOf(slot) })),
    };
  }

  /** Sums the words of a document in `surfaces`; returns its length. */
  private countWords(document: SearchDocument): number {
    return this.countField(document.title, TITLE_WEIGHT) + this.countField(document.content, 1);
  }

  private countField(text: string, weight: number): number {
    const { surfaces } = this;
    let length = 0;
    tokenize(text, (source, from, to) => {
      length += weight;
      const surface = this.surfaceToCount(source, from, to);
      if (surface >= 0) surfaces.add(surface, weight);
    });
    return length;
  }

  /** The number of a surface of the document that is being counted; below 0 for one too many. */
  private surfaceToCount(source: string, from: number, to: number): number {
    const { surfaces } = this;
    const { vocabulary } = this.parts;
    if (surfaces.count < MOST_SURFACES) {
      const surface = vocabulary.surface(source, from, to);
      surfaces.reserve(vocabulary.surfaceCount);
      return surface;
    }
    const known = vocabulary.knownSurface(source, from, to);
    return known >= 0 && (surfaces.values[known] ?? 0) > 0 ? known : -1;
  }

  private appendPostings(slot: number): void {
    const { surfaces, terms } = this;
    const { vocabulary, postings } = this.parts;
    terms.reserve(vocabulary.termCount);
    for (let i = 0; i < surfaces.count; i++) {
      const surface = surfaces.touched[i] ?? 0;
      terms.add(vocabulary.termOf(surface), surfaces.values[surface] ?? 0);
    }
    for (let i = 0; i < terms.count; i++) {
      const term = terms.touched[i] ?? 0;
      postings.append(term, slot, terms.values[term] ?? 0);
    }
    terms.clear();
  }
}
