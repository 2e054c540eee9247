import type { ChatMessage } from '../vllm/requests.ts';
import type { Template } from './message.ts';

/**
 * `active`: goes on; `frozen`: kept as a window, and goes on only by a thaw; `thawed`: begun by a thaw, without a
 * turn of its own yet; `expired`: over.
 */
export const SESSION_STATES = ['active', 'frozen', 'thawed', 'expired'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/**
 * What a session may become by what is done with it. Time alone makes it expired (see `tidySessions`), and a frozen one
 * becomes active again when its window is archived.
 */
const MOVES: Record<SessionState, readonly SessionState[]> = {
  active: ['active', 'frozen'],
  thawed: ['active', 'frozen'],
  frozen: [],
  expired: [],
};

export function mayMove(from: SessionState, to: SessionState): boolean {
  return MOVES[from].includes(to);
}

/** A session without its messages: what lists show. */
export interface SessionSummary {
  readonly id: string;
  readonly title: string;
  readonly state: SessionState;
  /** Null when nobody said which model it is for. */
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly messageCount: number;
  /** Tokens of the exact prefix; null when no server told its ids. */
  readonly tokenCount: number | null;
  /** The window it was thawed from. */
  readonly thawedFrom: string | null;
  /** The window it is frozen as. */
  readonly frozenAs: string | null;
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Session extends SessionSummary {
  /**
   * The `cache_salt` of all its requests; empty when its server knows none. It is a secret: who knows it can tell what is
   * cached under it.
   */
  readonly salt: string;
  readonly template: Template;
  readonly messages: readonly ChatMessage[];
  /** The prompt of the last turn and its answer, as the server read and wrote them. */
  readonly tokenIds: readonly number[] | null;
  /** One more with each turn. */
  readonly turnCount: number;
  /** The commit by which it last changed. */
  readonly usedCommit: number;
}

/** What is recorded of one turn. */
export interface Turn {
  /** The whole conversation after the turn, its answer included. */
  readonly messages: readonly ChatMessage[];
  /** The ids of the prompt followed by those of the answer; undefined when the server does not tell them. */
  readonly tokenIds?: readonly number[] | undefined;
  readonly promptTokens?: number | undefined;
  readonly cachedTokens?: number | null | undefined;
}
