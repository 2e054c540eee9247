import { asPermafrostError, wrongState, type PermafrostError } from '../../errors.ts';
import type { Transaction } from '../../store/transaction.ts';
import { freeze, type FreezeWorkshop } from '../freeze.ts';
import type { CallClock } from '../patience.ts';
import type { Session } from '../session.ts';
import type { FrozenWindow } from '../window.ts';
import { lengthsFrom, type ServedLengths } from './contextLengths.ts';
import { decide, type Decision } from './decide.ts';
import { policyIn } from './policy.ts';
import { applyRetention } from './retention.ts';
import { automaticWindowsIn, insertAutomatic, insertFailure, sessionFactsIn } from './rows.ts';

/**
 * What became of a session: `left` as the decision says; `frozen`; `overtaken` by somebody who froze, ended or changed it
 * first; `failed`; or `cancelled` before its turn came.
 */
export type Outcome = { readonly decision: Decision } & (
  | { readonly kind: 'left' | 'overtaken' | 'cancelled' }
  | { readonly kind: 'frozen'; readonly window: FrozenWindow }
  | Failed
);

interface Failed {
  readonly kind: 'failed';
  readonly error: PermafrostError;
  /** Why the context does not know of it, where that could not be written. */
  readonly unnoted?: PermafrostError;
}

export interface FreezeDueOptions {
  readonly served: ServedLengths;
  readonly stopping: boolean;
  /** The patience of one freeze, which begins when this is called. */
  readonly clock: () => CallClock;
  readonly onNext?: ((next: Decision, done: number, due: number) => void) | undefined;
}

/** Freezes those that are due, one after the other. Gives an outcome for each decision, in their order. */
export async function freezeDue(
  workshop: FreezeWorkshop,
  decisions: readonly Decision[],
  options: FreezeDueOptions,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const due = decisions.filter((decision) => decision.freeze);
  const outcomes = new Map<Decision, Outcome>();
  const unserved = new Map<string | null, PermafrostError>();
  for (const [done, decision] of due.entries()) {
    options.onNext?.(decision, done, due.length);
    const outcome = await attempt(workshop, decision, unserved, options, signal);
    outcomes.set(decision, outcome);
  }
  const unnoted = noteFailures(workshop, [...outcomes.values()]);
  return decisions.map((decision) => {
    const outcome: Outcome = outcomes.get(decision) ?? { kind: 'left', decision };
    return outcome.kind === 'failed' && unnoted !== undefined ? { ...outcome, unnoted } : outcome;
  });
}

/**
 * Servers that failed one session are not tried again for the others of the same model in a run. By the model and not
 * by the session's server: where there are several, all were tried that may have the model.
 */
async function attempt(
  workshop: FreezeWorkshop,
  decision: Decision,
  unserved: Map<string | null, PermafrostError>,
  options: FreezeDueOptions,
  signal?: AbortSignal,
): Promise<Outcome> {
  if (signal?.aborted === true) return { kind: 'cancelled', decision };
  const { model } = decision.session;
  const known = unserved.get(model);
  if (known !== undefined) return { kind: 'failed', decision, error: known };
  try {
    return { kind: 'frozen', decision, window: await freezeOne(workshop, decision, options, signal) };
  } catch (thrown) {
    const error = asPermafrostError(thrown);
    if (isOvertaken(error)) return { kind: 'overtaken', decision };
    if (error.code === 'PF-6002') return { kind: 'cancelled', decision };
    if (befallsEverySession(error)) unserved.set(model, error);
    return { kind: 'failed', decision, error };
  }
}

/** Without a server there would be nothing to compare a thaw with, so what freezes by itself waits for one. */
async function freezeOne(
  workshop: FreezeWorkshop,
  { session, reason }: Decision,
  { clock: newClock, served, stopping }: FreezeDueOptions,
  signal?: AbortSignal,
): Promise<FrozenWindow> {
  const clock = newClock();
  const endpoints = await clock.questions('Connecting', workshop.connect, signal);
  const checkpoint = {
    note: `Frozen by itself, while the conversation goes on: ${reason}`,
    alongside: (tx: Transaction, window: FrozenWindow, captured: Session) =>
      register(tx, window, captured, { served, stopping, now: workshop.now() }),
  };
  const connected = { ...workshop, connect: () => Promise.resolve(endpoints) };
  return freeze(connected, { sessionId: session.id }, { checkpoint }, clock, signal);
}

/**
 * Decides again, in the state that the commit is made on and by what was captured, which a turn may have gone beyond
 * meanwhile: of two processes that decide alike, the second to commit finds that frozen and writes nothing.
 * @throws PF-3003 then.
 */
function register(
  tx: Transaction,
  window: FrozenWindow,
  captured: Session,
  { served, stopping, now }: { served: ServedLengths; stopping: boolean; now: number },
): void {
  const policy = policyIn(tx);
  const { turnCount, messageCount, tokenCount, usedCommit } = captured;
  const facts = sessionFactsIn(tx, { ids: [captured.id] }, lengthsFrom(tx, served));
  const ofCaptured = facts.map((current) => ({
    ...current,
    turnCount,
    messageCount,
    tokenCount,
    usedCommit,
  }));
  const [decision] = decide(ofCaptured, automaticWindowsIn(tx), { policy, now, stopping });
  if (decision?.freeze !== true) {
    throw wrongState(
      `The session "${captured.id}" is not to be frozen any more: ${decision?.reason ?? 'it is gone.'}`,
      'Nothing was changed.',
    );
  }
  insertAutomatic(tx, window, { turnCount, usedCommit, askedFor: stopping });
  applyRetention(tx, policy, now);
}

/** The session is gone, over, frozen, or not to be frozen any more. */
function isOvertaken({ code }: PermafrostError): boolean {
  return code === 'PF-2004' || code === 'PF-3003';
}

/** Whether the same would befall every session of that server; PF-5005 refuses one request alone. */
function befallsEverySession({ code }: PermafrostError): boolean {
  return /^PF-[568]/.test(code) && code !== 'PF-5005';
}

/**
 * In one commit: those who follow the context are disturbed once. Gives why that failed, if it did: what was frozen before
 * is to be told all the same.
 */
function noteFailures(
  { store, now }: FreezeWorkshop,
  outcomes: readonly Outcome[],
): PermafrostError | undefined {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  if (failed.length === 0) return undefined;
  const at = now();
  try {
    store.write((tx) => {
      for (const { decision, error } of failed) insertFailure(tx, decision.session.id, error.sentence, at);
    });
    return undefined;
  } catch (thrown) {
    return asPermafrostError(thrown);
  }
}
