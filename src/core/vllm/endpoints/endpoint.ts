import { hasCode, PermafrostError } from '../../errors.ts';
import { VllmClient, type ServedModel } from '../client.ts';
import { Deadline } from '../deadline.ts';
import { baseAddress } from '../endpoint.ts';
import { ifTold } from '../failure.ts';
import type { Fetch } from '../http.ts';
import { Breaker, DEFAULT_REST, type RestTimes } from './breaker.ts';
import { Connections } from './connections.ts';
import type { Candidate } from './route.ts';

export interface EndpointOptions {
  /** The base address. */
  readonly endpoint: string;
  /** The key for this very origin, asked for at every request. */
  readonly apiKey?: () => Promise<string | undefined>;
  /** Its PYTHONHASHSEED, where somebody knows it. */
  readonly hashSeed?: string | undefined;
  /** Another way to the server than connections of its own, such as the editor's `fetch`. */
  readonly fetch?: Fetch;
  readonly rest?: RestTimes;
  /** A server that says nothing for so long when it is asked how it does, in milliseconds, is not waited for. */
  readonly lookMs?: number;
  readonly watch?: WatchTimes;
}

/** While an endpoint is in use, its health is looked after so often, and for so long after, in milliseconds. */
export interface WatchTimes {
  readonly every: number;
  readonly after: number;
}

const DEFAULT_WATCH: WatchTimes = { every: 5_000, after: 30_000 };

/** How old what is known of it may be, in milliseconds. */
const FRESH = { load: 500, models: 10_000 };

/** How much the latest answer counts in the average. */
const LATEST = 0.3;

interface Known<T> {
  readonly what: T;
  /** By `performance.now()`. */
  readonly at: number;
}

/** One vLLM server that requests can be sent to: its connections, how it does, and what it has to do. */
export class Endpoint {
  readonly client: VllmClient;
  readonly #scout: VllmClient;
  readonly #connections: Connections;
  readonly #breaker: Breaker;
  #models: Known<readonly ServedModel[]> | undefined;
  #load: (Known<number | null> & { readonly underWay: number }) | undefined;
  #looking: Promise<void> | undefined;
  #latencyMs: number | null = null;
  #underWay = 0;
  #lastUse = 0;
  readonly #lookMs: number;
  readonly #times: WatchTimes;
  #watch: NodeJS.Timeout | undefined;

  /** @throws PF-1001 when the endpoint is no address. */
  constructor({ endpoint, apiKey, hashSeed, fetch, ...times }: EndpointOptions) {
    const { rest = DEFAULT_REST, lookMs = 1_000, watch = DEFAULT_WATCH } = times;
    this.#connections = new Connections(baseAddress(endpoint));
    const way = {
      endpoint,
      hashSeed,
      ...(apiKey === undefined ? {} : { apiKey }),
      fetch: fetch ?? this.#connections.fetch,
    };
    this.client = new VllmClient(way);
    this.#scout = new VllmClient({ ...way, timeoutMs: { control: lookMs } });
    this.#breaker = new Breaker(rest);
    this.#lookMs = lookMs;
    this.#times = watch;
  }

  get address(): string {
    return this.client.endpoint;
  }

  /** Why nothing is sent to it at the moment; undefined when it is in order, as far as is known. */
  get resting(): PermafrostError | undefined {
    return this.#breaker.resting;
  }

  /** Brings what is known of it up to date; that takes no longer than `lookMs`, and never fails. */
  async look(): Promise<void> {
    this.#noteUse();
    if (this.resting !== undefined) return;
    if (isFresh(this.#load, FRESH.load) && isFresh(this.#models, FRESH.models)) return;
    this.#looking ??= this.#survey().finally(() => (this.#looking = undefined)); // once for all who ask
    if (!(await this.#endsInTime(this.#looking))) this.#forget();
  }

  /** What is known of it. */
  get candidate(): Candidate {
    return {
      endpoint: this.address,
      unusable: this.resting?.message ?? null,
      models: this.#models?.what ?? null,
      load: this.#expectedLoad,
      latencyMs: this.#latencyMs,
    };
  }

  /** @throws what `work` throws, and, while the endpoint rests, what made it rest. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#noteUse();
    this.#underWay++;
    try {
      return await this.#breaker.run(work, signal);
    } finally {
      this.#underWay--;
    }
  }

  /** Closes its connections when what is under way is done. */
  async retire(): Promise<void> {
    this.#endWatch();
    await this.#connections.retire();
  }

  /** Closes its connections, whatever is under way. */
  async close(): Promise<void> {
    this.#endWatch();
    await this.#connections.close();
  }

  /** What it said, and what was sent to it since: it counts a request only after its first step. */
  get #expectedLoad(): number | null {
    if (this.#load === undefined || this.#load.what === null) return null;
    return this.#load.what + Math.max(0, this.#underWay - this.#load.underWay);
  }

  /** Its breaker may keep a survey waiting for the one call that it lets through, which can be a long answer. */
  async #endsInTime(survey: Promise<void>): Promise<boolean> {
    const deadline = new Deadline(`Asking ${this.address} how it does`, this.#lookMs);
    try {
      return await isInTime(deadline.race(survey));
    } finally {
      deadline.close();
    }
  }

  async #survey(): Promise<void> {
    try {
      await this.#breaker.examine(() => this.#ask());
    } catch (thrown) {
      if (!(thrown instanceof PermafrostError)) throw thrown;
      this.#forget(); // why it failed the breaker remembers
    }
  }

  async #ask(): Promise<void> {
    const models = isFresh(this.#models, FRESH.models) ? undefined : this.#askModels();
    if (!(await isInTime(Promise.all([this.#askLoad(), models])))) this.#forget();
  }

  #forget(): void {
    this.#load = undefined;
    this.#models = undefined;
  }

  async #askModels(): Promise<void> {
    this.#models = { what: await this.#scout.models(), at: performance.now() };
  }

  async #askLoad(): Promise<void> {
    const underWay = this.#underWay;
    const startedAt = performance.now();
    const what = await loadOf(this.#scout);
    const at = performance.now();
    this.#load = { what, at, underWay };
    this.#noteLatency(at - startedAt);
  }

  #noteLatency(ms: number): void {
    this.#latencyMs = this.#latencyMs === null ? ms : this.#latencyMs + LATEST * (ms - this.#latencyMs);
  }

  /** Begins to look after its health. The timer holds no process, and ends when the endpoint is not used any more. */
  #noteUse(): void {
    this.#lastUse = performance.now();
    this.#watch ??= setInterval(() => void this.#checkHealth(), this.#times.every).unref();
  }

  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  async #checkHealth(): Promise<void> {
    if (this.#underWay === 0 && performance.now() - this.#lastUse > this.#times.after) {
      this.#endWatch();
      return;
    }
    // What is wrong with it the breaker remembers, and nobody else waits for this answer.
    await this.#breaker.examine(() => isInTime(this.#askHealth())).catch(() => undefined);
  }

  /** Where a gateway does not let that question through, what it serves is asked, which tells of a wrong key too. */
  async #askHealth(): Promise<void> {
    if ((await ifTold(this.#scout.health())) === null) await this.#scout.models();
  }
}

function isFresh(known: Known<unknown> | undefined, ms: number): boolean {
  return known !== undefined && performance.now() - known.at <= ms;
}

/** Whether an answer came in time: a server that is only slow is busy, and no outage. @throws what else was wrong. */
async function isInTime(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'PF-6001')) return false;
    throw thrown;
  }
}

/** By `/metrics`, or else by `/load`, which counts only where the server was told to; null where neither is. */
async function loadOf(client: VllmClient): Promise<number | null> {
  const metrics = await ifTold(client.metrics());
  if (metrics !== null && metrics.requestsRunning !== null)
    return metrics.requestsRunning + (metrics.requestsWaiting ?? 0);
  return ifTold(client.load());
}
