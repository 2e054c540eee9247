import type { SessionState } from '../session.ts';
import type { AutoFreezePolicy } from './policy.ts';
import { fillOf, type Failure, type SessionFacts } from './facts.ts';
import { leftText, passedText, percentText } from './words.ts';

export interface Rules {
  readonly policy: AutoFreezePolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether a person asked for it, since the server is about to be stopped. */
  readonly stopping: boolean;
}

/** Why a session is frozen (the first three), or why not. */
export const DECISION_KINDS = [
  'full',
  'idle',
  'stopping',
  'off',
  'not_active',
  'empty',
  'unchanged',
  'not_due',
  'fill_unknown',
  'cooldown',
  'backing_off',
  'over_maximum',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

export interface Verdict {
  readonly freeze: boolean;
  readonly kind: DecisionKind;
  /** In words. */
  readonly reason: string;
  /** When time alone may change this, in milliseconds since 1970; null when only something else does. */
  readonly changesAt: number | null;
}

type Why = Pick<Verdict, 'kind' | 'reason'>;

/** How long to wait after the first failure, and at most, in milliseconds. */
const FIRST_WAIT = 60_000;
const LONGEST_WAIT = 60 * 60_000;

/** When a server that told nothing may have something to tell, in milliseconds. */
const ASK_AGAIN_MS = 10 * 60_000;

/** What becomes of one session, as if the policy were on and as if there were room for it. */
export function judge(session: SessionFacts, rules: Rules): Verdict {
  const impossible = whyImpossible(session);
  if (impossible !== undefined) return no(impossible);
  const due = whyDue(session, rules);
  if (due === undefined) return notDue(session, rules);
  return held(session, rules) ?? { freeze: true, changesAt: null, ...withFailure(due, session) };
}

export function no(why: Why, changesAt: number | null = null): Verdict {
  return { freeze: false, ...why, changesAt };
}

/** Milliseconds since it last changed. */
export function idleMsOf({ usedAt }: SessionFacts, { now }: Rules): number {
  return Math.max(0, now - usedAt);
}

/** Milliseconds until the conversation may be frozen by itself again. */
export function cooldownLeftMs({ frozenAt }: SessionFacts, { now, policy }: Rules): number {
  return frozenAt === null ? 0 : waitLeft(frozenAt, minutes(policy.cooldownMinutes), now);
}

/** What no passing of time changes. */
function whyImpossible({ state, messageCount, turnCount, frozenTurns }: SessionFacts): Why | undefined {
  if (state !== 'active') return { kind: 'not_active', reason: NOT_ACTIVE[state] };
  if (messageCount === 0) return { kind: 'empty', reason: 'Nothing was said in it yet.' };
  return frozenTurns !== null && turnCount <= frozenTurns
    ? { kind: 'unchanged', reason: 'Nothing was said in it since it was last frozen.' }
    : undefined;
}

const NOT_ACTIVE: Record<Exclude<SessionState, 'active'>, string> = {
  frozen: 'It is frozen already.',
  thawed: 'It was thawed, and has no turn of its own yet.',
  expired: 'It is over.',
};

/** The reason of a session that is due; undefined when it is not. */
function whyDue(session: SessionFacts, rules: Rules): Why | undefined {
  const { policy, stopping } = rules;
  const fill = fillOf(session);
  if (fill !== null && fill >= policy.fillPercent) {
    return { kind: 'full', reason: `${filled(session, fill)}, at least ${policy.fillPercent} %.` };
  }
  const idle = idleMsOf(session, rules);
  if (policy.idleMinutes > 0 && idle >= minutes(policy.idleMinutes)) {
    const least = passedText(minutes(policy.idleMinutes));
    return { kind: 'idle', reason: `Idle for ${passedText(idle)}, at least ${least}.` };
  }
  return stopping && policy.beforeStop
    ? { kind: 'stopping', reason: 'The server is about to be stopped.' }
    : undefined;
}

function filled({ tokenCount, maxModelLen }: SessionFacts, fill: number): string {
  return `${percentText(fill)} filled (${String(tokenCount)} of ${String(maxModelLen)} tokens)`;
}

function notDue(session: SessionFacts, rules: Rules): Verdict {
  const why = whyNotDue(session, rules);
  const { policy, now } = rules;
  const { usedAt, tokenCount } = session;
  const idleFrom = policy.idleMinutes > 0 ? usedAt + minutes(policy.idleMinutes) : Infinity;
  const askAgain = why.kind === 'fill_unknown' && tokenCount !== null ? now + ASK_AGAIN_MS : Infinity;
  const changesAt = Math.min(idleFrom, askAgain);
  return no(why, changesAt === Infinity ? null : changesAt);
}

function whyNotDue(session: SessionFacts, rules: Rules): Why {
  const { idleMinutes, fillPercent } = rules.policy;
  const fill = fillOf(session);
  const idle = `idle for ${passedText(idleMsOf(session, rules))} of ${passedText(minutes(idleMinutes))}`;
  const full = fill === null ? whyUnknown(session) : `${filled(session, fill)}, below ${fillPercent} %`;
  return {
    kind: fill === null ? 'fill_unknown' : 'not_due',
    reason: `${[full, ...(idleMinutes > 0 ? [idle] : [])].join('; ')}.`,
  };
}

function whyUnknown({ tokenCount, model }: SessionFacts): string {
  const why =
    tokenCount === null
      ? 'the server did not tell its token ids'
      : `nobody told the max_model_len of ${model ?? 'its model'}`;
  return `How full it is is not known (${why})`;
}

/** What makes a session wait that is due. A person who is about to stop the server cannot wait. */
function held(session: SessionFacts, rules: Rules): Verdict | undefined {
  const { now, stopping } = rules;
  const { frozenAt, failure } = session;
  if (stopping) return undefined;
  const cooldown = cooldownLeftMs(session, rules);
  if (frozenAt !== null && cooldown > 0) {
    const reason = `It was frozen ${passedText(now - frozenAt)} ago, and may be again in ${leftText(cooldown)}.`;
    return no({ kind: 'cooldown', reason }, now + cooldown);
  }
  const wait = failure === null ? 0 : waitLeft(failure.at, backOffMs(failure), now);
  if (failure === null || wait === 0) return undefined;
  const reason = `${failureText(failure)} It is tried again in ${leftText(wait)}.`;
  return no({ kind: 'backing_off', reason }, now + wait);
}

function withFailure({ kind, reason }: Why, { failure }: SessionFacts): Why {
  return { kind, reason: failure === null ? reason : `${reason} ${failureText(failure)}` };
}

function failureText({ failures, sentence }: Failure): string {
  return `${failures === 1 ? 'The last try' : `Each of the last ${failures} tries`} failed: ${sentence}`;
}

/** Twice as long after each failure in a row. */
function backOffMs({ failures }: Failure): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 30));
}

/** What is left of a wait. A clock that was put back makes nobody wait longer than that. */
function waitLeft(since: number, wait: number, now: number): number {
  return Math.max(0, wait - Math.abs(now - since));
}

function minutes(count: number): number {
  return count * 60_000;
}
