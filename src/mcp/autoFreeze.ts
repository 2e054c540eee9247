import { everyUnheld, type Every } from '../core/every.ts';
import type { Outcome } from '../core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../core/windows/autoFreeze/runner.ts';
import type { OpenContext } from '../tools/environment.ts';

/** So long after the start that nobody waits for it. */
const BEGIN_MS = 30_000;

/** The context that a policy is for. */
type Kept = Pick<OpenContext, 'store' | 'windows'>;

/**
 * Has the auto-freeze policy of the own context applied by this process, for the sessions that it records and for those
 * that nobody looks after any more.
 * @param open opens the context @returns what ends it
 */
export function startAutoFreeze(
  open: () => Promise<Kept>,
  log: (line: string) => void,
  every: Every = everyUnheld,
): () => void {
  let runner: AutoFreezeRunner | undefined;
  const begin = async (): Promise<void> => {
    const context = await open();
    endTrying();
    runner ??= autoFreezeIn(context, log, every);
    runner.look();
  };
  // A context that cannot be opened is tried again; why it cannot be, whoever calls a tool is told.
  const endTrying = every(BEGIN_MS, () => void begin().catch(() => undefined));
  return () => {
    endTrying();
    runner?.dispose();
  };
}

/** The same for a context that is open. */
export function autoFreezeIn(
  { store, windows }: Kept,
  log: (line: string) => void,
  every: Every = everyUnheld,
): AutoFreezeRunner {
  return new AutoFreezeRunner({
    store,
    windows,
    now: Date.now,
    onRun: (outcomes) => linesOf(outcomes).forEach(log),
    onFailure: ({ sentence }) => log(`auto-freeze rests for a while: ${sentence}`),
    every,
  });
}

function linesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ kind }) => kind !== 'left')
    .map((outcome) => `auto-freeze, session ${outcome.decision.session.id}: ${outcomeText(outcome)}`);
}
