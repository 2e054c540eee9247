import * as z from 'zod';
import { limits } from '../limits.ts';

/** Text that can be kept to the byte: no NUL, no lone surrogate; length in code points. */
export function wellFormedText(what: string, { min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .refine((value) => !value.includes('\0'), `${what} contains a NUL character`)
    .refine((value) => value.isWellFormed(), `${what} contains a lone surrogate`)
    .refine((value) => hasLength(value, min, max), `${what} has to have ${min} to ${max} characters`)
    .meta({ minLength: min, maxLength: max });
}

function hasLength(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  if (value.length <= max) return true;
  return value.length <= 2 * max && [...value].length <= max;
}

export const Tier = z.enum(['short_term', 'long_term']);
export type Tier = z.infer<typeof Tier>;

export const RelationType = z.enum(['relates_to', 'supersedes', 'contradicts', 'derived_from', 'depends_on']);
export type RelationType = z.infer<typeof RelationType>;

export const Title = wellFormedText('title', { min: 1, max: limits.titleCharacters }).refine(
  (value) => value.trim() !== '',
  'title is blank',
);

export const Content = z
  .string()
  .refine((value) => !value.includes('\0'), 'content contains a NUL character')
  .refine((value) => value.isWellFormed(), 'content contains a lone surrogate')
  .refine((value) => Buffer.byteLength(value) <= limits.contentBytes, 'content is larger than 50 MB');

export const Tag = wellFormedText('tag', { min: 1, max: limits.tagCharacters }).refine(
  (value) => value.trim() !== '',
  'tag is blank',
);
export const Tags = z.array(Tag).max(limits.tagsPerMemory);

/** A citation of code: the lines of a file of the folder, as they were. */
export const Anchor = z
  .strictObject({
    path: wellFormedText('path', { min: 1, max: limits.pathCharacters }).describe(
      "relative to the folder's root",
    ),
    startLine: z.int().min(1).optional(),
    endLine: z.int().min(1).optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('of the cited lines'),
    commit: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/)
      .optional()
      .describe('git commit, if known'),
  })
  .refine(({ startLine = 1, endLine = startLine }) => endLine >= startLine, 'endLine is before startLine')
  .refine(
    ({ path }) => !/^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(path),
    'path leads out of the folder',
  );
export type Anchor = z.infer<typeof Anchor>;

export interface NewMemory {
  readonly title: string;
  readonly content: string;
  readonly tags?: readonly string[] | undefined;
  readonly tier?: Tier | undefined;
  /** Where it was learned: a URL, an agent's name, a document. */
  readonly source?: string | undefined;
  readonly relations?: readonly { readonly to: string; readonly type: RelationType }[] | undefined;
  readonly anchors?: readonly Anchor[] | undefined;
}

/** A memory without its content: what lists show. */
export interface MemorySummary {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly tier: Tier;
  /** 1 when created, one more with each change. */
  readonly version: number;
  /** Bytes of its content in UTF-8. */
  readonly size: number;
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly archived: boolean;
  readonly source?: string;
}

export interface Memory extends MemorySummary {
  readonly content: string;
}

export interface Relation {
  readonly type: RelationType;
  /** `to`: this memory points at the other one; `from`: the other one points at this. */
  readonly direction: 'to' | 'from';
  readonly id: string;
  readonly title: string;
}

/** What made a version. */
export type Change = 'created' | 'updated' | 'archived' | 'restored';

export interface MemoryVersion {
  readonly version: number;
  readonly change: Change;
  readonly title: string;
  readonly tier: Tier;
  readonly tags: readonly string[];
  readonly size: number;
  readonly at: number;
}

export interface MemoryFilter {
  readonly tags?: readonly string[] | undefined;
  /** `all` of the tags (the default), or `any` of them. */
  readonly tagsMode?: 'all' | 'any' | undefined;
  /** Only memories without any tag. */
  readonly untagged?: boolean | undefined;
  readonly tier?: Tier | undefined;
  /** Default `exclude`. */
  readonly archived?: 'exclude' | 'include' | 'only' | undefined;
}
