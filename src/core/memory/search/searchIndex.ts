import { TITLE_WEIGHT } from './bm25.ts';
import type { SearchDocument, SearchFilter } from './documents.ts';
import { compact, emptyParts, restoreParts, saveParts } from './indexParts.ts';
import { NumberReader, NumberWriter } from './numbers.ts';
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

/** Of what `save` gives. To be raised with every change of it, and of how words are cut, folded or stemmed. */
const FORMAT = 2;

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

  /** Documents held. */
  get size(): number {
    return this.parts.documents.live;
  }

  /** Takes a document in, in place of the one with the same row. */
  put(document: SearchDocument): void {
    this.remove(document.rowid);
    const { surfaces } = this;
    const { documents, postings } = this.parts;
    const slot = documents.add(document, this.countWords(document));
    for (let i = 0; i < surfaces.count; i++) {
      const surface = surfaces.touched[i] ?? 0;
      postings.append(surface, slot, surfaces.values[surface] ?? 0);
    }
    surfaces.clear();
  }

  /** Forgets a row; one that is not held is ignored. */
  remove(rowid: number): void {
    const { documents } = this.parts;
    documents.remove(rowid);
    const dead = documents.slots - documents.live;
    if (dead >= FEWEST_DEAD && dead > documents.live) this.parts = compact(this.parts);
  }

  /** Everything for `restore`, in fewer bytes than the texts have words. */
  save(): Uint8Array {
    if (this.parts.documents.slots > this.parts.documents.live) this.parts = compact(this.parts);
    const writer = new NumberWriter();
    writer.number(FORMAT);
    saveParts(this.parts, writer);
    return writer.written();
  }

  /**
   * Becomes the index that was saved as `bytes`, which it goes on using, without changing them. When they cannot be
   * used, because another version saved them or they are damaged, it stays as it is; returns whether they could.
   */
  restore(bytes: Uint8Array): boolean {
    const reader = new NumberReader(bytes);
    if (reader.number() !== FORMAT) return false;
    const parts = restoreParts(reader);
    if (reader.isSpent) this.parts = parts;
    return reader.isSpent;
  }

  /** The documents that hold any word of the query, best first. A query without words finds nothing. */
  search(query: string, { limit, prefix = false, filter }: SearchOptions): SearchResult {
    try {
      this.scoring.score(this.parts, parseQuery(query, prefix));
      return this.best(limit, filter);
    } finally {
      this.scoring.scores.fill(0, 0, this.parts.documents.slots);
    }
  }

  private best(limit: number, filter: SearchFilter | undefined): SearchResult {
    const { documents } = this.parts;
    const { scores } = this.scoring;
    documents.clearRejected(scores, filter);
    const scoreOf = (slot: number): number => scores[slot] ?? 0;
    const best = new TopK(limit, (a, b) => {
      const ahead = scoreOf(a) - scoreOf(b);
      return ahead !== 0 ? ahead > 0 : documents.precedes(a, b);
    });
    let total = 0;
    let bar = Number.MIN_VALUE;
    const { slots } = documents;
    for (let slot = 0; slot < slots; slot++) {
      const score = scores[slot] ?? 0;
      total += Number(score > 0);
      if (score < bar) continue;
      best.offer(slot);
      if (best.worst !== undefined) bar = scoreOf(best.worst);
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
}
