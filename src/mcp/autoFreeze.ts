import { outcomeText } from '../core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../core/windows/autoFreeze/runner.ts';
import type { ToolEnvironment } from '../tools/environment.ts';

/** So long after the start that nobody waits for it. */
const BEGIN_MS = 30_000;

/**
 * Has the auto-freeze policy of the own context applied by this process, for the sessions that it records and for those
 * that nobody looks after any more. @returns what ends it
 */
export function startAutoFreeze(environment: ToolEnvironment, log: (line: string) => void): () => void {
  let runner: AutoFreezeRunner | undefined;
  const begin = async (): Promise<void> => {
    const { store, windows } = await environment.context(undefined, 'write');
    clearInterval(timer);
    runner ??= new AutoFreezeRunner({
      store,
      windows,
      now: Date.now,
      onRun: (outcomes) =>
        outcomes
          .filter(({ kind }) => kind !== 'left')
          .forEach((outcome) =>
            log(`auto-freeze, session ${outcome.decision.session.id}: ${outcomeText(outcome)}`),
          ),
      onFailure: ({ sentence }) => log(`auto-freeze rests for a while: ${sentence}`),
    });
  };
  // A context that cannot be opened is tried again; why it cannot be, whoever calls a tool is told.
  const timer = setInterval(() => void begin().catch(() => undefined), BEGIN_MS).unref();
  return () => {
    clearInterval(timer);
    runner?.dispose();
  };
}
