import {
  failedEverywhere,
  noEndpoint,
  noModelServed,
  PermafrostError,
  type FailureAt,
} from '../../errors.ts';
import { SparingLog } from '../../sparingLog.ts';
import type { ServedModel, VllmClient } from '../client.ts';
import { Deadline } from '../deadline.ts';
import type { Endpoint } from './endpoint.ts';
import { isFailure } from './outage.ts';
import { route, type Wanted } from './route.ts';

/** Looking at all endpoints takes as long as at one. */
const LOOKING_MS = 5_000;

/** The endpoint that was chosen for a request. */
export interface Chosen {
  readonly client: VllmClient;
  /** Why this one, in sentences; none where there was no choice. */
  readonly reasons: readonly string[];
}

export interface Served {
  readonly model: ServedModel;
  readonly client: VllmClient;
}

/** What can be asked of the endpoints. */
export interface Offer {
  /** Every model that is served, each at the first endpoint that serves it. */
  readonly served: readonly [Served, ...Served[]];
  /** Those that did not say what they serve. */
  readonly silent: readonly VllmClient[];
}

/** The vLLM servers that requests may be sent to: one of them gets each. */
export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  readonly #log: SparingLog;

  /**
   * @param endpoints in the order of preference where nothing else counts; not none
   * @param log is told which endpoint is chosen among which, and of each failure that led to another one: of each at most
   * once a minute
   */
  constructor(endpoints: readonly Endpoint[], log: (line: string) => void = () => {}) {
    this.#endpoints = endpoints;
    this.#log = new SparingLog(log);
  }

  /** All of them, in order. */
  get clients(): readonly VllmClient[] {
    return this.#endpoints.map(({ client }) => client);
  }

  /** Why an endpoint is left alone at the moment; undefined when it is not, as where there is no other. */
  restingOf(client: VllmClient): PermafrostError | undefined {
    if (this.#endpoints.length < 2) return undefined;
    return this.#endpoints.find((endpoint) => endpoint.client === client)?.resting;
  }

  /**
   * What `work` gives at the endpoint that suits best; where that fails in a way that another may not, at another.
   * @param mayRepeat whether `work` can be done again when it failed: not once a part of an answer was handed on
   * @throws what `work` threw first, with what is wrong with the others, when each of them failed so or rests, and at
   * once what no other would mend, such as PF-6002 when the caller cancels.
   */
  async run<T>(
    wanted: Wanted,
    work: (chosen: Chosen) => Promise<T>,
    signal?: AbortSignal,
    mayRepeat: () => boolean = () => true,
  ): Promise<T> {
    const failed = new Map<Endpoint, PermafrostError>();
    for (;;) {
      const left = await this.#look([...failed.keys()], signal);
      const chosen = this.#pick(wanted, left, failed);
      try {
        return await this.#runAt(chosen, work, signal);
      } catch (thrown) {
        if (!isElsewhereBetter(thrown) || !mayRepeat()) throw thrown;
        failed.set(chosen.endpoint, thrown);
        if (left.length === 1) throw whyNone(failed, [], wanted);
        this.#log.tell(`${chosen.client.endpoint} failed, another endpoint is tried: ${thrown.sentence}`);
      }
    }
  }

  /** Asks all what they serve. @throws what keeps the first from answering when no model is found, PF-7001 when all serve none. */
  async offer(signal?: AbortSignal): Promise<Offer> {
    const answers = await Promise.allSettled(
      this.clients.map(async (client) => (await client.models(signal)).map((model) => ({ model, client }))),
    );
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const [first, ...others] = found.filter(
      ({ model }, at) => found.findIndex((each) => each.model.id === model.id) === at,
    );
    if (first === undefined) {
      const refusal = answers.find((answer) => answer.status === 'rejected');
      throw refusal?.reason ?? noModelServed(this.clients.map(({ endpoint }) => endpoint));
    }
    return {
      served: [first, ...others],
      silent: this.clients.filter((_, at) => answers[at]?.status === 'rejected'),
    };
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  /** Those that have not failed yet, after a look at how they do. Without a choice there is nothing to look at. */
  async #look(failed: readonly Endpoint[], signal?: AbortSignal): Promise<readonly Endpoint[]> {
    const left = this.#endpoints.filter((endpoint) => !failed.includes(endpoint));
    if (this.#endpoints.length === 1) return left;
    const deadline = new Deadline('Choosing an endpoint', LOOKING_MS, signal);
    try {
      await deadline.race(Promise.all(left.map((endpoint) => endpoint.look())));
    } finally {
      deadline.close();
    }
    return left;
  }

  #pick(wanted: Wanted, left: readonly Endpoint[], failed: Failures): Picked {
    const [only] = left;
    if (only !== undefined && this.#endpoints.length === 1)
      return { endpoint: only, client: only.client, reasons: [] };
    const chosen = route(
      left.map(({ candidate }) => candidate),
      wanted,
    );
    const endpoint = left.find(({ address }) => address === chosen?.endpoint);
    if (chosen === undefined || endpoint === undefined) throw whyNone(failed, left, wanted);
    // Figures, such as how many requests each has, are others every time.
    const among = left.map(({ address, resting }) => `${address} ${resting?.message ?? ''}`);
    this.#log.tell(chosen.reason, [chosen.endpoint, ...among].join('\n'));
    const failures = [...failed].map(([{ address }, { message }]) => `${address} failed: ${message}`);
    return { endpoint, client: endpoint.client, reasons: [...failures, chosen.reason] };
  }

  /** Whoever has no choice is not kept from asking: an endpoint rests only where another can take its place. */
  #runAt<T>(
    { endpoint, ...chosen }: Picked,
    work: (chosen: Chosen) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#endpoints.length === 1 ? work(chosen) : endpoint.run(() => work(chosen), signal);
  }
}

type Failures = ReadonlyMap<Endpoint, PermafrostError>;

interface Picked extends Chosen {
  readonly endpoint: Endpoint;
}

/** Why no endpoint can be asked: those that failed, then those that rest, the one that would have been best before others. */
function whyNone(failed: Failures, left: readonly Endpoint[], { holders }: Wanted): PermafrostError {
  const failures = [...failed].map(([{ address: endpoint }, error]) => ({ endpoint, error }));
  const resting = left.flatMap(({ address: endpoint, resting: error }): FailureAt[] =>
    error === undefined ? [] : [{ endpoint, error }],
  );
  const isHolder = ({ endpoint }: FailureAt) => Number(holders.includes(endpoint));
  const [first, ...others] = [...failures, ...resting.toSorted((a, b) => isHolder(b) - isHolder(a))];
  if (first === undefined) return noEndpoint();
  return others.length === 0 ? first.error : failedEverywhere(first, ...others);
}

/** What another server may have as it should be: its model, or the room for a prompt. */
const WRONG_SERVER = new Set(['PF-7001', 'PF-7002', 'PF-7003']);

function isElsewhereBetter(thrown: unknown): thrown is PermafrostError {
  return isFailure(thrown) || (thrown instanceof PermafrostError && WRONG_SERVER.has(thrown.code));
}
