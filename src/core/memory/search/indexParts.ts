import { Documents } from './documents.ts';
import type { NumberReader, NumberWriter } from './numbers.ts';
import { Postings } from './postings.ts';
import { Vocabulary } from './vocabulary.ts';

/** What an index consists of. Only `documents` forgets a removed document at once. */
export interface IndexParts {
  readonly documents: Documents;
  readonly vocabulary: Vocabulary;
  /** A list for each surface. */
  readonly postings: Postings;
}

export function emptyParts(): IndexParts {
  return { documents: new Documents(), vocabulary: new Vocabulary(), postings: new Postings() };
}

/** Writes an index of which no document is removed. */
export function saveParts({ documents, vocabulary, postings }: IndexParts, to: NumberWriter): void {
  documents.save(to);
  vocabulary.save(to);
  postings.save(to, vocabulary.surfaceCount);
}

export function restoreParts(from: NumberReader): IndexParts {
  const parts = emptyParts();
  parts.documents.restore(from);
  parts.vocabulary.restore(from);
  parts.postings.restore(from, parts.vocabulary.surfaceCount);
  return parts;
}

/** The same index without what removed documents left behind. */
export function compact(old: IndexParts): IndexParts {
  const next = emptyParts();
  const slots = copyDocuments(old.documents, next.documents);
  for (let surface = 0; surface < old.vocabulary.surfaceCount; surface++) copyList(old, next, surface, slots);
  return next;
}

/** Copies the live documents; returns their new slots, plus 1, by the old ones, and 0 for the others. */
function copyDocuments(old: Documents, next: Documents): Uint32Array {
  const slots = new Uint32Array(old.slots);
  for (let slot = 0; slot < slots.length; slot++)
    if (old.isLive(slot)) slots[slot] = next.copy(old, slot) + 1;
  return slots;
}

/** Copies the list of a surface, and the surface itself if any of it is left. */
function copyList(old: IndexParts, next: IndexParts, surface: number, slots: Uint32Array): void {
  let list = -1;
  old.postings.each(surface, (from, weight) => {
    const slot = slots[from] ?? 0;
    if (slot === 0) return;
    if (list < 0) list = next.vocabulary.adopt(old.vocabulary, surface);
    next.postings.append(list, slot - 1, weight);
  });
}
