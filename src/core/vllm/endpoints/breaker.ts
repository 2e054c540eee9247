import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleType } from 'cockatiel';
import type { IBackoff, IHalfOpenAfterBackoffContext } from 'cockatiel';
import { hasCode, type PermafrostError, stillResting } from '../../errors.ts';
import { Deadline } from '../deadline.ts';
import { isFailure, isOutage, isSuspicious } from './outage.ts';

/** How long an endpoint that failed is left alone, in milliseconds: twice as long each time, up to the longest. */
export interface RestTimes {
  readonly first: number;
  readonly longest: number;
}

export const DEFAULT_REST: RestTimes = { first: 1_000, longest: 30_000 };

/** A server that asks for more time with Retry-After is given it, up to here. */
const LONGEST_ASKED_MS = 300_000;

/** So many requests in a row that a server failed at are not all to blame themselves. */
const SUSPICIOUS_REQUESTS = 3;

/** A failure that says something about the endpoint, with what its caller is told. */
class Finding extends Error {
  readonly error: PermafrostError;

  constructor(error: PermafrostError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

/** A failure that the endpoint is to rest after. */
class Outage extends Finding {}

/** What became of the one call that was to show whether the endpoint is back, when its caller cancelled it: nothing is known. */
class Undecided extends Finding {}

/**
 * Lets calls to one endpoint through until one shows that it is out of order. Then it rests: calls fail at once, until
 * a single one is let through to see whether it is back.
 *
 * One outage is enough, since the client has tried again by itself what may pass. A request that the server fails at
 * may be to blame itself, and others are not to suffer for it: only several in a row are an outage.
 */
export class Breaker {
  readonly #policy;
  readonly #times: RestTimes;
  readonly #now: () => number;
  #restsUntil = 0;
  /** What it last rested after, and how often in a row it has rested. */
  #outage: PermafrostError | undefined;
  #rests = 0;
  #suspicions = 0;

  /** @param now milliseconds by a clock that nobody sets */
  constructor(times: RestTimes, now = () => performance.now()) {
    this.#times = times;
    this.#now = now;
    this.#policy = circuitBreaker(handleType(Finding), {
      breaker: new ConsecutiveBreaker(1),
      halfOpenAfter: { next: (context) => this.#rest(context) },
    });
  }

  /** What made the endpoint rest; undefined when calls are let through. */
  get resting(): PermafrostError | undefined {
    if (this.#policy.state !== CircuitState.Open || this.#leftMs <= 0) return undefined;
    return this.#outage === undefined ? undefined : stillResting(this.#outage, Math.ceil(this.#leftMs));
  }

  /**
   * Does what somebody wants of the server.
   * @param signal ends the wait for the one call that is let through; once it has begun, `request` heeds it by itself
   * @throws what `request` throws, and, while it rests, what it rests after.
   */
  async run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const wait = new Deadline('Waiting for the endpoint to be back', Infinity, signal);
    const turn = Promise.withResolvers<void>();
    const done = this.#execute(() => {
      wait.signal.throwIfAborted();
      turn.resolve();
      return this.#request(request);
    });
    try {
      await wait.race(Promise.race([turn.promise, done]));
    } finally {
      wait.close();
    }
    return done;
  }

  /** Asks the server how it does: whatever fails about that is its own fault. @throws as `run`. */
  examine<T>(question: () => Promise<T>): Promise<T> {
    return this.#execute(async () => {
      try {
        return await question();
      } catch (thrown) {
        throw isFailure(thrown) ? new Outage(thrown) : thrown;
      }
    });
  }

  async #request<T>(request: () => Promise<T>): Promise<T> {
    try {
      const done = await request();
      this.#suspicions = 0;
      return done;
    } catch (thrown) {
      if (isSuspicious(thrown) && ++this.#suspicions < SUSPICIOUS_REQUESTS) throw thrown;
      throw isSuspicious(thrown) || isOutage(thrown) ? new Outage(thrown) : thrown;
    }
  }

  /**
   * Begins a rest, or none when nothing was decided: then the next call is let through. Cockatiel would compare its
   * length with the wall clock, by which it takes an hour more when that is set back by an hour: so it is only told
   * whether the rest is over.
   */
  #rest({ attempt, result }: IHalfOpenAfterBackoffContext): IBackoff<IHalfOpenAfterBackoffContext> {
    if ('error' in result && result.error instanceof Outage) {
      const { first, longest } = this.#times;
      this.#outage = result.error.error;
      this.#rests = attempt === 1 ? 1 : this.#rests + 1;
      const restMs = Math.max(Math.min(longest, first * 2 ** (this.#rests - 1)), askedMs(this.#outage));
      this.#restsUntil = this.#now() + restMs;
    }
    const isOver = () => this.#leftMs <= 0;
    return {
      get duration() {
        return isOver() ? -Infinity : Infinity;
      },
      next: (context) => this.#rest(context),
    };
  }

  get #leftMs(): number {
    return this.#restsUntil - this.#now();
  }

  /** Whether a call that begins now is the one that is let through. */
  get #isTrial(): boolean {
    return this.#policy.state === CircuitState.HalfOpen;
  }

  async #execute<T>(call: () => Promise<T>): Promise<T> {
    const { resting } = this;
    try {
      return await this.#policy.execute(() => (this.#isTrial ? deciding(call) : call()));
    } catch (thrown) {
      if (thrown instanceof Finding) throw thrown.error;
      throw thrown instanceof BrokenCircuitError ? (this.resting ?? resting ?? thrown) : thrown;
    }
  }
}

function askedMs({ facts }: PermafrostError): number {
  return Math.min(facts.retryAfterMs ?? 0, LONGEST_ASKED_MS);
}

/** @throws Undecided when the caller cancels. */
async function deciding<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw hasCode(thrown, 'PF-6002') ? new Undecided(thrown) : thrown;
  }
}
