import { grown } from './grown.ts';
import { SparseSums } from './sparseSums.ts';
import { stem } from './stem.ts';
import { isStopword } from './stopwords.ts';
import { WordTable } from './wordTable.ts';

/**
 * The words of the documents. A surface is a word as it is written (folded), a term what it is indexed under (its
 * stem); both are numbered from 0 in the order they are met. How many documents hold each is kept exactly, so that
 * words of removed documents count for nothing.
 */
export class Vocabulary {
  private readonly surfaces = new WordTable();
  private readonly terms = new WordTable();
  private readonly byBeginning = new Map<string, number[]>();
  /** How many surfaces have their term; the next one added is the first that has not. */
  private described = 0;
  private termOfSurface = new Uint32Array(64);
  private surfaceDocuments = new Uint32Array(64);
  private termDocuments = new Uint32Array(64);
  private readonly termsOfOne = new SparseSums();

  get surfaceCount(): number {
    return this.surfaces.size;
  }

  get termCount(): number {
    return this.terms.size;
  }

  /** The number of the surface at `from`..`to` of `source`, a new one if need be. */
  surface(source: string, from: number, to: number): number {
    const surface = this.surfaces.number(source, from, to);
    if (surface === this.described) this.describe(surface, source.slice(from, to));
    return surface;
  }

  /** The number of the surface at `from`..`to` of `source`; below 0 if no document has held it. */
  knownSurface(source: string, from: number, to: number): number {
    return this.surfaces.find(source, from, to);
  }

  nameOf(surface: number): string {
    return this.surfaces.name(surface);
  }

  termOf(surface: number): number {
    return this.termOfSurface[surface] ?? 0;
  }

  /** How many documents hold a term, under any of its surfaces. */
  documentsWith(term: number): number {
    return this.termDocuments[term] ?? 0;
  }

  /** The number of a term; below 0 if no document has held it. */
  term(name: string): number {
    return this.terms.find(name, 0, name.length);
  }

  nameOfTerm(term: number): string {
    return this.terms.name(term);
  }

  /** Counts a document in (1) or out (-1), given the first `count` of `surfaces`, each once. */
  countDocument(surfaces: Uint32Array, count: number, change: 1 | -1): void {
    const { termsOfOne, surfaceDocuments, termDocuments } = this;
    for (let i = 0; i < count; i++) {
      const surface = surfaces[i] ?? 0;
      surfaceDocuments[surface] = (surfaceDocuments[surface] ?? 0) + change;
      termsOfOne.add(this.termOf(surface), 1);
    }
    for (let i = 0; i < termsOfOne.count; i++) {
      const term = termsOfOne.touched[i] ?? 0;
      termDocuments[term] = (termDocuments[term] ?? 0) + change;
    }
    termsOfOne.clear();
  }

  /** The surfaces that begin with `prefix` and are in a document, stopwords left out. */
  *beginningWith(prefix: string): Generator<number> {
    for (const surface of this.candidates(prefix)) {
      const isHeld = (this.surfaceDocuments[surface] ?? 0) > 0;
      if (isHeld && this.surfaces.beginsWith(surface, prefix)) yield surface;
    }
  }

  private *candidates(prefix: string): Generator<number> {
    if (prefix.length > 1) {
      yield* this.byBeginning.get(prefix.slice(0, 2)) ?? [];
    } else {
      for (const [beginning, surfaces] of this.byBeginning) if (beginning.startsWith(prefix)) yield* surfaces;
    }
  }

  /** Takes in what there is to know of a surface that has just been added. */
  private describe(surface: number, name: string): void {
    this.described++;
    if (surface >= this.termOfSurface.length) {
      this.termOfSurface = grown(this.termOfSurface, Uint32Array, surface + 1);
      this.surfaceDocuments = grown(this.surfaceDocuments, Uint32Array, surface + 1);
    }
    this.termOfSurface[surface] = this.addTerm(stem(name));
    if (!isStopword(name)) this.fileByBeginning(name, surface);
  }

  private fileByBeginning(name: string, surface: number): void {
    const beginning = name.slice(0, 2);
    const siblings = this.byBeginning.get(beginning);
    if (siblings === undefined) this.byBeginning.set(beginning, [surface]);
    else siblings.push(surface);
  }

  private addTerm(name: string): number {
    const term = this.terms.number(name, 0, name.length);
    const { termDocuments } = this;
    if (term >= termDocuments.length) this.termDocuments = grown(termDocuments, Uint32Array, term + 1);
    this.termsOfOne.reserve(this.terms.size);
    return term;
  }
}
