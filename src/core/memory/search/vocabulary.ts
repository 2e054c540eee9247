import { Chains } from './chains.ts';
import { grown } from './grown.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { stem } from './stem.ts';
import { STOPWORDS } from './stopwords.ts';
import { WordTable } from './wordTable.ts';

/**
 * The words of the documents. A surface is a word as it is written (folded), a term what it is found under (its
 * stem); both are numbered from 0 in the order they are met. Words that only removed documents held are among them.
 */
export class Vocabulary {
  private readonly surfaces = new WordTable();
  private readonly terms = new WordTable();
  /** How many surfaces have their term; the next one added is the first that has not. */
  private described = 0;
  private termOfSurface = new Uint32Array(64);
  private readonly ofTerm = new Chains();
  private readonly ofBeginning = new Chains();
  /** How many surfaces are in `ofBeginning`: they are taken in when somebody asks, which few do. */
  private grouped = 0;

  get surfaceCount(): number {
    return this.surfaces.size;
  }

  /** The number of the surface at `from`..`to` of `source`, a new one if need be. */
  surface(source: string, from: number, to: number): number {
    const surface = this.surfaces.number(source, from, to);
    if (surface === this.described) this.describe(this.addTerm(stem(source.slice(from, to))));
    return surface;
  }

  /** The number of the surface at `from`..`to` of `source`; below 0 if no document has held it. */
  knownSurface(source: string, from: number, to: number): number {
    return this.surfaces.find(source, from, to);
  }

  /** Adds a surface of another vocabulary, which this one has not, and gives its number here. */
  adopt(from: Vocabulary, surface: number): number {
    const name = from.surfaces.name(surface);
    const number = this.surfaces.number(name, 0, name.length);
    this.describe(this.addTerm(from.terms.name(from.termOf(surface))));
    return number;
  }

  termOf(surface: number): number {
    return this.termOfSurface[surface] ?? 0;
  }

  /** The number of a term; below 0 if no document has held it. */
  term(name: string): number {
    return this.terms.find(name, 0, name.length);
  }

  /** The surfaces of a term; none below 0. */
  surfacesOf(term: number): Iterable<number> {
    return this.ofTerm.of(term);
  }

  /** The surfaces that begin with `prefix`, stopwords left out. */
  *beginningWith(prefix: string): Generator<number> {
    this.groupByBeginning();
    const stopwords = new Set([...STOPWORDS].map((word) => this.surfaces.find(word, 0, word.length)));
    const [first, last] = beginnings(prefix);
    for (let beginning = first; beginning <= last; beginning++) {
      for (const surface of this.ofBeginning.of(beginning)) {
        if (this.surfaces.beginsWith(surface, prefix) && !stopwords.has(surface)) yield surface;
      }
    }
  }

  save(to: NumberWriter): void {
    this.surfaces.save(to);
    this.terms.save(to);
    to.words(this.termOfSurface, this.described);
  }

  /** Takes in what was saved; this must be empty. */
  restore(from: NumberReader): void {
    this.surfaces.restore(from);
    this.terms.restore(from);
    this.termOfSurface = from.words(this.surfaces.size);
    this.described = this.surfaces.size;
    if (!this.ofTerm.addAll(this.termOfSurface, this.terms.size)) from.refuse();
  }

  /** Takes in what there is to know of the surface that was added last. */
  private describe(term: number): void {
    const surface = this.described++;
    if (surface >= this.termOfSurface.length)
      this.termOfSurface = grown(this.termOfSurface, Uint32Array, surface + 1);
    this.termOfSurface[surface] = term;
    this.ofTerm.add(term, surface);
  }

  private groupByBeginning(): void {
    for (; this.grouped < this.described; this.grouped++) {
      const [first, second] = [this.surfaces.unit(this.grouped, 0), this.surfaces.unit(this.grouped, 1)];
      this.ofBeginning.add(beginningOf(first, second), this.grouped);
    }
  }

  private addTerm(name: string): number {
    return this.terms.number(name, 0, name.length);
  }
}

const UNIT_BITS = 6;
const UNIT_MASK = (1 << UNIT_BITS) - 1;

/** The group of the surfaces that begin with two UTF-16 units (0 past the end), by the lowest bits of each. */
function beginningOf(first: number, second: number): number {
  return ((first & UNIT_MASK) << UNIT_BITS) | (second & UNIT_MASK);
}

/** The first and the last of the groups that have the surfaces that begin with `prefix`. */
function beginnings(prefix: string): [first: number, last: number] {
  const unit = prefix.charCodeAt(0);
  if (prefix.length === 1) return [beginningOf(unit, 0), beginningOf(unit, UNIT_MASK)];
  const only = beginningOf(unit, prefix.charCodeAt(1));
  return [only, only];
}
