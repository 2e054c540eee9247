import { Documents } from './documents.ts';
import { ForwardIndex } from './forwardIndex.ts';
import { Postings } from './postings.ts';
import { Vocabulary } from './vocabulary.ts';

/** What an index consists of. Only `vocabulary` and `documents` forget a removed document at once. */
export interface IndexParts {
  readonly documents: Documents;
  readonly vocabulary: Vocabulary;
  readonly postings: Postings;
  readonly forward: ForwardIndex;
}

export function emptyParts(): IndexParts {
  return {
    documents: new Documents(),
    vocabulary: new Vocabulary(),
    postings: new Postings(),
    forward: new ForwardIndex(),
  };
}

/** The same index without what removed documents left behind. */
export function compact(old: IndexParts): IndexParts {
  const next = emptyParts();
  const slots = copyDocuments(old, next);
  copyPostings(old, next, slots);
  return next;
}

/** Copies the live documents and their words; returns their new slots by the old ones. */
function copyDocuments(old: IndexParts, next: IndexParts): Uint32Array {
  const slots = new Uint32Array(old.documents.slots);
  const surfaces = new Uint32Array(old.vocabulary.surfaceCount);
  const renumber = surfaceNumbers(old, next);
  for (let slot = 0; slot < slots.length; slot++) {
    if (!old.documents.isLive(slot)) continue;
    slots[slot] = next.documents.copy(old.documents, slot);
    let count = 0;
    old.forward.read(slot, (surface) => (surfaces[count++] = renumber(surface)));
    next.vocabulary.countDocument(surfaces, count, 1);
    next.forward.append(surfaces, count);
  }
  return slots;
}

/** The new number of an old surface, given when it is first asked for. */
function surfaceNumbers(old: IndexParts, next: IndexParts): (surface: number) => number {
  const known = new Int32Array(old.vocabulary.surfaceCount).fill(-1);
  return (surface) => {
    const number = known[surface] ?? -1;
    if (number >= 0) return number;
    const name = old.vocabulary.nameOf(surface);
    return (known[surface] = next.vocabulary.surface(name, 0, name.length));
  };
}

function copyPostings(old: IndexParts, next: IndexParts, slots: Uint32Array): void {
  for (let term = 0; term < next.vocabulary.termCount; term++) {
    const count = old.postings.read(old.vocabulary.term(next.vocabulary.nameOfTerm(term)));
    for (let i = 0; i < count; i++) {
      const slot = old.postings.slots[i] ?? 0;
      const weight = old.postings.weights[i] ?? 0;
      if (old.documents.isLive(slot)) next.postings.append(term, slots[slot] ?? 0, weight);
    }
  }
}
