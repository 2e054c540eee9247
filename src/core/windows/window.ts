import * as z from 'zod';
import type { ChatMessage } from '../vllm/requests.ts';
import type { Template } from './message.ts';

/**
 * `exact`: the token ids are kept, so a server's cache can be warmed with just those; `text_only`: only the
 * messages are.
 */
export const WINDOW_KINDS = ['exact', 'text_only'] as const;
type WindowKind = (typeof WINDOW_KINDS)[number];

/** The likeliest next tokens and their log-probabilities (natural logarithm) at temperature 0, likeliest first. */
export const Probe = z.array(z.object({ tokenId: z.int(), logprob: z.number() })).readonly();
export type Probe = z.infer<typeof Probe>;

/** What the server said of itself when the window was frozen; null is what it did not say. */
export const ServerFacts = z.object({
  /** The path or name that the weights were loaded from. */
  root: z.string().nullable(),
  maxModelLen: z.int().nullable(),
  version: z.string().nullable(),
  /** `system_fingerprint` of its answers. */
  fingerprint: z.string().nullable(),
  /** Tokens in a block of its cache. */
  blockSize: z.int().nullable(),
  hashAlgo: z.string().nullable(),
  /** Its PYTHONHASHSEED as the settings tell it; without one, its block hashes are those of a server that has none. */
  hashSeed: z.string().nullish(),
  prefixCaching: z.boolean().nullable(),
  probe: Probe.nullable(),
});
export type ServerFacts = z.infer<typeof ServerFacts>;

/** A frozen window without its content: what lists show. */
export interface WindowSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly kind: WindowKind;
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly messageCount: number;
  /** Tokens of the exact prefix; null when they are not known. */
  readonly promptTokens: number | null;
  /** Full blocks of the server's cache that the prefix has; null when the block size is not known. */
  readonly blockCount: number | null;
  /** The session that was frozen. */
  readonly sessionId: string;
  /** The window that this one is a clone of, or that its session was thawed from. */
  readonly parentId: string | null;
  /** The same, when this is a clone: it has its content from there. */
  readonly clonedFrom: string | null;
  /** Milliseconds since 1970, UTC. Of a clone, when it was made. */
  readonly frozenAt: number;
  readonly thawedAt: number | null;
  readonly thawCount: number;
  readonly archived: boolean;
}

/** A frozen window with all that it holds. */
export interface FrozenWindow extends WindowSummary {
  readonly salt: string;
  readonly template: Template;
  readonly messages: readonly ChatMessage[];
  /** The exact prefix; null for `text_only`. */
  readonly tokenIds: readonly number[] | null;
  /** What the server's template made of the messages at that time, without a generation prompt. */
  readonly templateTokenIds: readonly number[] | null;
  /** The chain of block hashes in hex, as by the server's own format; null when that is not known. */
  readonly blockHashes: readonly string[] | null;
  readonly server: ServerFacts | null;
  /** What the freeze had to say. */
  readonly notes: readonly string[];
}
