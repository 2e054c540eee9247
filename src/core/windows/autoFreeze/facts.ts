import type { SessionSummary } from '../session.ts';

/** A try to freeze a session by itself that failed. */
export interface Failure {
  /** How often in a row. */
  readonly failures: number;
  /** What the last one said, with its code. */
  readonly sentence: string;
  /** When that was, in milliseconds since 1970. */
  readonly at: number;
}

/** What a decision on a session looks at. */
export interface SessionFacts extends Pick<
  SessionSummary,
  'id' | 'title' | 'state' | 'model' | 'endpoint' | 'messageCount' | 'tokenCount'
> {
  readonly turnCount: number;
  /** The longest prompt and answer that its model takes, in tokens; null when nobody told. */
  readonly maxModelLen: number | null;
  /** When it last changed, in milliseconds since 1970, and by which commit. */
  readonly usedAt: number;
  readonly usedCommit: number;
  /** When the conversation was last frozen by itself, or, for one that was thawed, when the window was that it came from. */
  readonly frozenAt: number | null;
  /** How many turns it had when it was last frozen by itself, or as a window that was deleted since. */
  readonly frozenTurns: number | null;
  readonly failure: Failure | null;
}

/** A window that was frozen by itself, that is not archived, and that no person has touched. */
export interface AutomaticWindow {
  readonly id: string;
  /** The session that it was frozen from. */
  readonly sessionId: string;
  /** The commit by which what it holds of the session had last changed. */
  readonly usedCommit: number;
}

/** How full a session's context window is, in percent; null when that is not known. */
export function fillOf({
  tokenCount,
  maxModelLen,
}: Pick<SessionFacts, 'tokenCount' | 'maxModelLen'>): number | null {
  return tokenCount === null || maxModelLen === null ? null : (tokenCount / maxModelLen) * 100;
}
