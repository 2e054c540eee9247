import type { AutoFreezePolicy } from './policy.ts';
import { fillOf, type AutomaticWindow, type SessionFacts } from './facts.ts';
import { cooldownLeftMs, idleMsOf, judge, no, type Rules, type Verdict } from './verdict.ts';

/** What becomes of a session, and why. */
export interface Decision extends Verdict {
  readonly session: SessionFacts;
  /** How full its context window is, in percent; null when that is not known. */
  readonly fillPercent: number | null;
  readonly idleMs: number;
  readonly cooldownLeftMs: number;
}

/**
 * What becomes of each session, in their order, and why. Where more are due than the policy keeps windows, those are
 * frozen that were used last: to freeze one that would be the next to be archived, or that pushes out one which was
 * used later, helps nobody, and would go on for ever. What a person has frozen before a stop is theirs, however much.
 */
export function decide(
  sessions: readonly SessionFacts[],
  kept: readonly AutomaticWindow[],
  rules: Rules,
): Decision[] {
  const judged = sessions.map((session) => ({ session, verdict: judge(session, rules) }));
  const due = judged.filter(({ verdict }) => verdict.freeze).map(({ session }) => session);
  const chosen = rules.stopping ? new Set(due) : withinMaximum(due, kept, rules.policy);
  return judged.map(({ session, verdict }) => ({
    ...ifOn(verdict.freeze && !chosen.has(session) ? overMaximum(rules.policy) : verdict, rules),
    session,
    fillPercent: fillOf(session),
    idleMs: idleMsOf(session, rules),
    cooldownLeftMs: cooldownLeftMs(session, rules),
  }));
}

/** Which windows are to be archived so that no more than the policy keeps are left: those used least recently. */
export function surplus(kept: readonly AutomaticWindow[], { maxKept }: AutoFreezePolicy): AutomaticWindow[] {
  return kept.toSorted(byUse).slice(maxKept);
}

/** The last used first. One commit may use many sessions: of those the last begun, whose id is greater, counts as later. */
function bySession(a: Use, b: Use): number {
  return b.usedCommit - a.usedCommit || compareIds(b.sessionId, a.sessionId);
}

type Use = Pick<AutomaticWindow, 'sessionId' | 'usedCommit'>;

/** The same for windows; of one session the last frozen comes first. */
function byUse(a: AutomaticWindow, b: AutomaticWindow): number {
  return bySession(a, b) || compareIds(b.id, a.id);
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function withinMaximum(
  due: readonly SessionFacts[],
  kept: readonly AutomaticWindow[],
  { maxKept }: AutoFreezePolicy,
): ReadonlySet<SessionFacts> {
  const lastUsedFirst = due
    .map((session) => ({ session, use: { sessionId: session.id, usedCommit: session.usedCommit } }))
    .toSorted((a, b) => bySession(a.use, b.use));
  const isRoomFor = ({ use }: { readonly use: Use }, before: number) =>
    before + kept.filter((window) => bySession(window, use) < 0).length < maxKept;
  return new Set(lastUsedFirst.filter(isRoomFor).map(({ session }) => session));
}

function overMaximum({ maxKept }: AutoFreezePolicy): Verdict {
  const reason =
    `At most ${maxKept} windows that were frozen by themselves are kept, and there are as many of conversations ` +
    'that were used later.';
  return no({ kind: 'over_maximum', reason });
}

/** A policy that is off still says what it would do. A person who asks for a freeze is not held back by it. */
function ifOn(verdict: Verdict, { policy, stopping }: Rules): Verdict {
  if (policy.enabled || stopping) return verdict;
  const wouldBe = verdict.freeze ? 'it would be frozen' : 'it would not be frozen';
  return no({ kind: 'off', reason: `Auto-freeze is off. With it on, ${wouldBe}: ${verdict.reason}` });
}
