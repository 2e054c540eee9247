import { DelegateBackoff, ExponentialBackoff, handleType, retry } from 'cockatiel';
import type { IBackoff, IRetryBackoffContext } from 'cockatiel';
import type { PermafrostError } from '../errors.ts';
import type { Deadline } from './deadline.ts';

const RETRIES = 3;

/** A server that asks for a longer pause is not waited for: the caller is told how long it asked for. */
const LONGEST_WAIT_MS = 5_000;

const exponential = new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 });

/** A failure from before any answer began, which may pass: the one kind of failure that is tried again. */
export class Passing extends Error {
  readonly error: PermafrostError;
  /** What the server asked for with Retry-After, in milliseconds. */
  readonly waitMs: number;

  constructor(error: PermafrostError, waitMs = 0) {
    super(error.message, { cause: error });
    this.error = error;
    this.waitMs = waitMs;
  }
}

/**
 * What `attempt` gives, after at most three more tries with growing, jittered pauses while it fails with
 * `Passing`. A pause that is too long, or would outlast the deadline, is not begun: the failure is given at once.
 */
export async function persist<T>(attempt: () => Promise<T>, deadline: Deadline): Promise<T> {
  const passing = handleType(
    Passing,
    ({ waitMs }) => waitMs <= LONGEST_WAIT_MS && waitMs < deadline.remainingMs,
  );
  const policy = retry(passing, {
    maxAttempts: RETRIES,
    backoff: new DelegateBackoff(pause),
  }).dangerouslyUnref();
  try {
    return await deadline.race(policy.execute(attempt, deadline.signal));
  } catch (thrown) {
    throw thrown instanceof Passing ? thrown.error : thrown;
  }
}

function pause(context: IRetryBackoffContext<unknown>, before?: IBackoff<unknown>) {
  const state = before === undefined ? exponential.next() : before.next(context);
  const { result } = context;
  const asked = 'error' in result && result.error instanceof Passing ? result.error.waitMs : 0;
  return { delay: Math.max(asked, state.duration), state };
}
