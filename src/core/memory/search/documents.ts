import { grown } from './grown.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';

/** A memory as the index takes it. */
export interface SearchDocument {
  readonly rowid: number;
  readonly title: string;
  readonly content: string;
  readonly archived: boolean;
  readonly tier: 'short_term' | 'long_term';
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** Which documents may be found. What is absent restricts nothing. */
export interface SearchFilter {
  readonly archived: 'exclude' | 'include' | 'only';
  readonly tier?: SearchDocument['tier'] | undefined;
  /** Earliest and latest `updatedAt`, both included. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The only rows that may be found. */
  readonly rowids?: ReadonlySet<number> | undefined;
}

const LIVE = 1;
const ARCHIVED = 2;
const LONG_TERM = 4;

/** What is known of each document apart from its words, in arrays by slot. Slots are appended and never used again. */
export class Documents {
  /** Slots given so far, dead ones too. */
  slots = 0;
  /** Documents that are not removed, and their lengths together. */
  live = 0;
  totalLength = 0;
  lengths = new Float64Array(64);
  private rowids = new Float64Array(64);
  private times = new Float64Array(64);
  private flags = new Uint8Array(64);
  /** The slot of each row; undefined until something changes, for searches have no use for it. */
  private slotOf: Map<number, number> | undefined;

  /** Appends a document that is `length` words long. Its row must not be held already. */
  add(document: Omit<SearchDocument, 'title' | 'content'>, length: number): number {
    const slot = this.slots++;
    if (slot >= this.lengths.length) this.grow(slot + 1);
    this.rowids[slot] = document.rowid;
    this.times[slot] = document.updatedAt;
    this.lengths[slot] = length;
    this.flags[slot] =
      LIVE | (document.archived ? ARCHIVED : 0) | (document.tier === 'long_term' ? LONG_TERM : 0);
    this.slotByRow.set(document.rowid, slot);
    this.live++;
    this.totalLength += length;
    return slot;
  }

  /** Takes a row out, and returns its slot, or undefined if the row is not held. */
  remove(rowid: number): number | undefined {
    const slot = this.slotByRow.get(rowid);
    if (slot === undefined) return undefined;
    this.slotByRow.delete(rowid);
    this.flags[slot] = 0;
    this.live--;
    this.totalLength -= this.lengths[slot] ?? 0;
    return slot;
  }

  /** Appends what `from` knows of a slot. */
  copy(from: Documents, slot: number): number {
    const flags = from.flags[slot] ?? 0;
    const document = {
      rowid: from.rowidOf(slot),
      updatedAt: from.times[slot] ?? 0,
      archived: (flags & ARCHIVED) !== 0,
      tier: (flags & LONG_TERM) !== 0 ? ('long_term' as const) : ('short_term' as const),
    };
    return this.add(document, from.lengths[slot] ?? 0);
  }

  /** Writes what is known of each document; none may be removed. */
  save(to: NumberWriter): void {
    to.number(this.slots);
    to.distances(this.rowids, this.slots);
    to.distances(this.times, this.slots);
    to.numbers(this.lengths, this.slots);
    to.numbers(this.flags, this.slots);
  }

  /** Takes in what was saved; this must be empty. */
  restore(from: NumberReader): void {
    const slots = from.count();
    this.grow(slots);
    from.distances(this.rowids, slots);
    from.distances(this.times, slots);
    from.numbers(this.lengths, slots);
    from.numbers(this.flags, slots);
    this.slots = this.live = slots;
    for (let slot = 0; slot < slots; slot++) this.totalLength += this.lengths[slot] ?? 0;
  }

  isLive(slot: number): boolean {
    return ((this.flags[slot] ?? 0) & LIVE) !== 0;
  }

  rowidOf(slot: number): number {
    return this.rowids[slot] ?? 0;
  }

  /** Whether `a` goes before `b` when both are equally good: the newer one, then the one with the lower row. */
  precedes(a: number, b: number): boolean {
    const later = (this.times[a] ?? 0) - (this.times[b] ?? 0);
    return later !== 0 ? later > 0 : this.rowidOf(a) < this.rowidOf(b);
  }

  /** Makes the scores of all slots 0 that are not live, or that `filter` does not let through. */
  clearRejected(scores: Float64Array, filter: SearchFilter | undefined): void {
    const { flags, slots } = this;
    const [mask, wanted] = flagTest(filter);
    for (let slot = 0; slot < slots; slot++) if (((flags[slot] ?? 0) & mask) !== wanted) scores[slot] = 0;
    const { since, until, rowids } = filter ?? {};
    if (since !== undefined || until !== undefined) this.clearOutside(scores, since, until);
    if (rowids !== undefined) this.clearOthers(scores, rowids);
  }

  private clearOutside(scores: Float64Array, since = -Infinity, until = Infinity): void {
    const { times, slots } = this;
    for (let slot = 0; slot < slots; slot++) {
      const time = times[slot] ?? 0;
      if (time < since || time > until) scores[slot] = 0;
    }
  }

  private clearOthers(scores: Float64Array, wanted: ReadonlySet<number>): void {
    const { rowids, slots } = this;
    for (let slot = 0; slot < slots; slot++)
      if (scores[slot] !== 0 && !wanted.has(rowids[slot] ?? 0)) scores[slot] = 0;
  }

  private get slotByRow(): Map<number, number> {
    if (this.slotOf !== undefined) return this.slotOf;
    const found = new Map<number, number>();
    for (let slot = 0; slot < this.slots; slot++) if (this.isLive(slot)) found.set(this.rowidOf(slot), slot);
    return (this.slotOf = found);
  }

  private grow(slots: number): void {
    this.rowids = grown(this.rowids, Float64Array, slots);
    this.times = grown(this.times, Float64Array, slots);
    this.lengths = grown(this.lengths, Float64Array, slots);
    this.flags = grown(this.flags, Uint8Array, slots);
  }
}

/** The flags that matter to a filter, and what they must be. */
function flagTest(filter: SearchFilter | undefined): [mask: number, wanted: number] {
  const archived = filter?.archived ?? 'include';
  const mask = LIVE | (archived === 'include' ? 0 : ARCHIVED) | (filter?.tier === undefined ? 0 : LONG_TERM);
  const wanted = LIVE | (archived === 'only' ? ARCHIVED : 0) | (filter?.tier === 'long_term' ? LONG_TERM : 0);
  return [mask, wanted];
}
