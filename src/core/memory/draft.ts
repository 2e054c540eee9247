import { invalidInput } from '../errors.ts';
import { limits } from '../limits.ts';
import { number, text } from '../store/row.ts';
import type { Row } from '../store/sqlView.ts';
import { Tier } from './memory.ts';
import { tagsOf, type StoredContent } from './rows.ts';

/** What a memory says, as it is to be written. */
export interface Draft {
  readonly title: string;
  readonly tier: Tier;
  readonly tags: readonly string[];
  readonly stored: StoredContent;
}

/** What an update changes; what is left out stays. */
export interface MemoryChange {
  readonly title?: string | undefined;
  readonly content?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly tier?: Tier | undefined;
}

export function draftOf(row: Row): Draft {
  return {
    title: text(row, 'title'),
    tier: Tier.parse(row['tier']),
    tags: tagsOf(row),
    stored: {
      content: row['content'] === null ? null : text(row, 'content'),
      blob: row['blob'] === null ? null : text(row, 'blob'),
      size: number(row, 'size'),
    },
  };
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @throws PF-1001 when there would be too many tags. */
export function changed(before: Draft, change: MemoryChange, stored: StoredContent | undefined): Draft {
  return {
    title: change.title ?? before.title,
    tier: change.tier ?? before.tier,
    tags: changedTags(before.tags, change),
    stored: stored ?? before.stored,
  };
}

function changedTags(before: readonly string[], change: MemoryChange): string[] {
  const removed = new Set(change.removeTags);
  const tags = [...new Set([...(change.tags ?? before), ...(change.addTags ?? [])])].filter(
    (tag) => !removed.has(tag),
  );
  if (tags.length > limits.tagsPerMemory) {
    throw invalidInput(`A memory has at most ${limits.tagsPerMemory} tags.`, 'Remove some with removeTags.');
  }
  return tags;
}
