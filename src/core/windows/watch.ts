import { asPermafrostError, timedOut, type PermafrostError } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import { ifTold } from '../vllm/failure.ts';
import type { Generation, GenerationEvent, SaidEvent } from '../vllm/generation.ts';
import { whole } from '../vllm/whole.ts';
import type { CallClock } from './patience.ts';

/** A prompt that takes longer than this for each token is not being computed by anything. */
const SLOWEST_MS_PER_TOKEN = 10;

/** Timers may fire so much too early. */
const TIMER_SLACK_MS = 5;

/** Tokens that were counted as done may still be on their way to here. */
const ON_THE_WAY_MS = 250;

/** Measured on a CPU: 26 s for the first probabilities, 4 s when it was compiled once on that machine. */
const MAY_BE_COMPILING =
  'Try again in a minute: a vLLM that was just started compiles what it is asked for first, such as probabilities. ' +
  'One that stays silent hangs, and has to be started again.';

export interface WatchedGeneration {
  readonly promptTokens: number;
  readonly start: (signal: AbortSignal) => AsyncIterable<GenerationEvent>;
  readonly onEvent?: ((event: SaidEvent) => void) | undefined;
}

/**
 * Runs a generation to its end, however long that takes, as long as the server is at it: when it is silent it is
 * asked how many requests it is working on, and given up when that is none, or when it does not answer.
 * @throws PF-6001 for a hung server, PF-6002 when the caller cancels, and what the client throws.
 */
export async function watched(
  client: VllmClient,
  { promptTokens, start, onEvent }: WatchedGeneration,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Generation> {
  const watch = new Watch(client, clock, promptTokens);
  try {
    const both = signal === undefined ? watch.signal : AbortSignal.any([watch.signal, signal]);
    return await whole(client.endpoint, start(both), (piece) => {
      watch.noteSign();
      onEvent?.(piece);
    });
  } catch (thrown) {
    throw watch.failure ?? thrown;
  } finally {
    watch.close();
  }
}

class Watch {
  readonly #client: VllmClient;
  readonly #clock: CallClock;
  readonly #controller = new AbortController();
  #quietSince = performance.now();
  /** How long a server that counts no request may be quiet: it counts one only when it has done a step of it. */
  #mayBeQuietMs: number;
  #timer: NodeJS.Timeout;
  failure: PermafrostError | undefined;

  constructor(client: VllmClient, clock: CallClock, promptTokens: number) {
    this.#client = client;
    this.#clock = clock;
    const first = clock.firstQuestionMs;
    this.#mayBeQuietMs = Math.max(first, promptTokens * SLOWEST_MS_PER_TOKEN);
    this.#timer = this.#askIn(first);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  noteSign(): void {
    this.#quietSince = performance.now();
    this.#mayBeQuietMs = this.#betweenQuestionsMs;
    clearTimeout(this.#timer);
    this.#timer = this.#askIn(this.#mayBeQuietMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  #askIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    const { quietMs } = this;
    const failure = await this.#whyGivenUp(quietMs);
    if (this.quietMs < quietMs || this.signal.aborted) return; // it said something meanwhile, or it is over
    if (failure === undefined) this.#timer = this.#askIn(this.#betweenQuestionsMs);
    else this.#timer = setTimeout(() => this.#giveUp(failure), ON_THE_WAY_MS);
  }

  get quietMs(): number {
    return performance.now() - this.#quietSince + TIMER_SLACK_MS;
  }

  get #betweenQuestionsMs(): number {
    return this.#clock.patience.total / 2;
  }

  async #whyGivenUp(quietMs: number): Promise<PermafrostError | undefined> {
    const { endpoint } = this.#client;
    const silent = timedOut(`Waiting for tokens from ${endpoint}`, Math.round(quietMs), MAY_BE_COMPILING);
    try {
      const question = AbortSignal.any([this.signal, AbortSignal.timeout(this.#clock.patience.question)]);
      const metrics = await ifTold(this.#client.metrics(question));
      if (metrics === null) return undefined; // it lets nobody see its counters, so nobody can tell
      const { requestsRunning, requestsWaiting } = metrics;
      const atWork = requestsRunning === null || requestsRunning + (requestsWaiting ?? 0) > 0;
      return atWork || quietMs < this.#mayBeQuietMs ? undefined : silent;
    } catch (thrown) {
      const error = asPermafrostError(thrown);
      if (error.code === 'PF-5003') return undefined; // it has no counters to look at, so nobody can tell
      return error.code === 'PF-6002' ? silent : error;
    }
  }

  #giveUp(failure: PermafrostError): void {
    this.failure = failure;
    this.#controller.abort();
  }
}
