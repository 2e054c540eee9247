import type { GenerationEvent } from '../vllm/generation.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import type { PromptTokensBySource } from '../vllm/serverMetrics.ts';
import type { Drift } from './drift.ts';
import type { CachedTokensSource } from './warm.ts';
import type { FrozenWindow } from './window.ts';

export interface ThawOptions {
  /** A question to go on with. */
  readonly continueWith?: string | undefined;
  /** The most tokens that the answer may have. */
  readonly replyTokens: number;
  /** Thaws the exact ids even where the template now makes others. */
  readonly force?: boolean | undefined;
  /**
   * The answer as it comes. Text comes once; a model's reasoning, which nobody is shown, begins anew when its server
   * fails before the first text and another one answers.
   */
  readonly onEvent?: ((event: GenerationEvent) => void) | undefined;
}

/**
 * `verified`: the template still makes the same ids, the server said what it had cached of them, and the next
 * token's probabilities came out as they were; `token_exact`: the exact ids were computed, but some of that was not
 * seen; `drifted`: the template makes other ids, and nothing was sent; `text_only`: the messages are handed on.
 */
export const THAW_STATUSES = ['verified', 'token_exact', 'drifted', 'text_only'] as const;
export type ThawStatus = (typeof THAW_STATUSES)[number];

/** What the server's cache had of a window. Null is what nobody saw. */
export interface CacheState {
  readonly promptTokens: number | null;
  /** Of these, tokens that the server had in its cache. */
  readonly cachedTokens: number | null;
  readonly cachedTokensSource: CachedTokensSource;
  /** Blocks that a cache could have had: whole ones, and never the last token. */
  readonly blocksExpected: number | null;
  readonly blocksFound: number | null;
  /** Where the prompt's tokens came from: the server's own cache, a KV connector, or computed anew. */
  readonly promptTokensBySource: PromptTokensBySource | null;
  readonly timeToFirstTokenMs: number | null;
}

export const NOTHING_SEEN: CacheState = {
  promptTokens: null,
  cachedTokens: null,
  cachedTokensSource: 'none',
  blocksExpected: null,
  blocksFound: null,
  promptTokensBySource: null,
  timeToFirstTokenMs: null,
};

/** An answer to `continueWith`. */
export interface Reply {
  readonly text: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number | null;
  readonly finishReason: string | null;
}

export interface Thawed extends CacheState {
  readonly windowId: string;
  readonly name: string;
  readonly status: ThawStatus;
  /** The name that the server has for the model now. */
  readonly model: string | null;
  /** The server that it was thawed at; null without one. */
  readonly endpoint: string | null;
  /** What stands between this and `verified`, and what else is worth knowing. */
  readonly reasons: readonly string[];
  readonly drift: Drift | null;
  /** The session that goes on from here, with the same salt; null when nothing was thawed. */
  readonly sessionId: string | null;
  readonly reply: Reply | null;
  /** The conversation that goes on: with the question and its answer, if there was one. */
  readonly messages: readonly ChatMessage[];
}

export function namesOf({ id, name }: FrozenWindow): Pick<Thawed, 'windowId' | 'name'> {
  return { windowId: id, name };
}
