import { everyUnheld, type Every } from '../core/every.ts';
import type { Outcome } from '../core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../core/windows/autoFreeze/runner.ts';
import type { ToolEnvironment } from '../tools/environment.ts';

/** So long after the start that nobody waits for it. */
const BEGIN_MS = 30_000;

/**
 * Has the auto-freeze policy of the own context applied by this process, for the sessions that it records and for those
 * that nobody looks after any more. @returns what ends it
 */
export function startAutoFreeze(
  environment: ToolEnvironment,
  log: (line: string) => void,
  every: Every = everyUnheld,
): () => void {
  let runner: AutoFreezeRunner | undefined;
  const begin = async (): Promise<void> => {
    const { store, windows } = await environment.context(undefined, 'write');
    endTrying();
    runner ??= new AutoFreezeRunner({
      store,
      windows,
      now: Date.now,
      onRun: (outcomes) => linesOf(outcomes).forEach(log),
      onFailure: ({ sentence }) => log(`auto-freeze rests for a while: ${sentence}`),
      every,
    });
  };
  // A context that cannot be opened is tried again; why it cannot be, whoever calls a tool is told.
  const endTrying = every(BEGIN_MS, () => void begin().catch(() => undefined));
  return () => {
    endTrying();
    runner?.dispose();
  };
}

function linesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ kind }) => kind !== 'left')
    .map((outcome) => `auto-freeze, session ${outcome.decision.session.id}: ${outcomeText(outcome)}`);
}
