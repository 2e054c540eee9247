import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
} from 'cockatiel';
import type { FailureReason, IHalfOpenAfterBackoffContext } from 'cockatiel';
import { PermafrostError, stillResting } from '../../errors.ts';

/** How long an endpoint that failed is left alone, in milliseconds: twice as long each time, up to the longest. */
export interface RestTimes {
  readonly first: number;
  readonly longest: number;
}

export const DEFAULT_REST: RestTimes = { first: 1_000, longest: 30_000 };

/** A server that asks for more time with Retry-After is given it, up to here. */
const LONGEST_ASKED_MS = 300_000;

/**
 * Lets calls to one endpoint through until one shows that it is out of order. Then it rests: calls fail at once, until
 * a single one is let through to see whether it is back.
 *
 * One failure is enough, since the client has tried again by itself what may pass.
 */
export class Breaker {
  readonly #policy;
  #restsUntil = 0;

  constructor({ first, longest }: RestTimes) {
    this.#policy = circuitBreaker(handleWhen(isOutage), {
      breaker: new ConsecutiveBreaker(1),
      halfOpenAfter: new DelegateBackoff<IHalfOpenAfterBackoffContext>(({ attempt, result }) => {
        const restMs = Math.max(Math.min(longest, first * 2 ** (attempt - 1)), askedMs(result));
        this.#restsUntil = Date.now() + restMs;
        return restMs;
      }),
    });
  }

  /** What made the endpoint rest; undefined when calls are let through. */
  get resting(): PermafrostError | undefined {
    const { state, lastFailure } = this.#policy;
    const leftMs = this.#restsUntil - Date.now();
    if (state !== CircuitState.Open || leftMs <= 0) return undefined;
    const error = errorOf(lastFailure);
    return error === undefined ? undefined : stillResting(error, leftMs);
  }

  /** @throws what `call` throws, and, while the endpoint rests, what made it rest. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const { resting } = this;
    try {
      return await this.#policy.execute(call);
    } catch (thrown) {
      throw thrown instanceof BrokenCircuitError ? (this.resting ?? resting ?? thrown) : thrown;
    }
  }
}

function errorOf(failure: FailureReason<unknown> | undefined): PermafrostError | undefined {
  if (failure === undefined || !('error' in failure)) return undefined;
  return failure.error instanceof PermafrostError ? failure.error : undefined;
}

function askedMs(failure: FailureReason<unknown>): number {
  return Math.min(errorOf(failure)?.facts.retryAfterMs ?? 0, LONGEST_ASKED_MS);
}

/** What shows that an endpoint cannot serve anybody: another one may. */
const OUTAGES = new Set([
  'PF-5002', // cannot be reached
  'PF-5003', // is no vLLM server
  'PF-5004', // failed
  'PF-5006', // redirects
  'PF-5007', // broke off
  'PF-6001', // is silent
  'PF-8001', // refuses the key
  'PF-8002', // is at its limit
  'PF-8006', // its key cannot be sent
]);

export function isOutage(thrown: unknown): thrown is PermafrostError {
  return thrown instanceof PermafrostError && OUTAGES.has(thrown.code);
}
