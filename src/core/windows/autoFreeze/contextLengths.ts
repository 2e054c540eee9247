import * as z from 'zod';
import { asPermafrostError, type PermafrostError } from '../../errors.ts';
import type { SqlReader } from '../../store/sqlView.ts';
import type { VllmClient } from '../../vllm/client.ts';
import type { CallClock } from '../patience.ts';
import type { Connect } from '../reach.ts';
import type { LengthOf } from './rows.ts';

/** How long an answer of a server, or that it gave none, is taken as still true, in milliseconds. */
const TRUE_FOR_MS = 60_000;

/** What a server said of its models. */
export interface ServedLengths {
  readonly endpoint: string | null;
  readonly byModel: ReadonlyMap<string, number>;
  /** Why it said nothing. */
  readonly failure: PermafrostError | null;
}

/** When nobody needs to know. */
export const NOT_ASKED: ServedLengths = { endpoint: null, byModel: new Map(), failure: null };

interface Remembered extends ServedLengths {
  readonly at: number;
}

/** How long the prompts of models may be, asked of the server at most once a minute. */
export class ContextLengths {
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Asks the server, if there is one; that it does not answer is an answer too. @throws PF-6002 when it is cancelled. */
  async ask(connect: Connect, clock: CallClock, signal?: AbortSignal): Promise<ServedLengths> {
    let endpoint: string | null = null;
    try {
      const client = await clock.questions('Connecting', connect, signal);
      ({ endpoint } = client);
      return this.#known(endpoint) ?? this.#remember(endpoint, await askModels(client, clock, signal));
    } catch (thrown) {
      const failure = asPermafrostError(thrown);
      if (failure.code === 'PF-6002') throw failure;
      const nothing = { ...NOT_ASKED, endpoint, failure };
      return endpoint === null ? nothing : this.#remember(endpoint, nothing);
    }
  }

  #known(endpoint: string): ServedLengths | undefined {
    const known = this.#remembered.get(endpoint);
    return known !== undefined && Math.abs(this.#now() - known.at) < TRUE_FOR_MS ? known : undefined;
  }

  #remember(endpoint: string, lengths: ServedLengths): ServedLengths {
    this.#remembered.set(endpoint, { ...lengths, at: this.#now() });
    return lengths;
  }
}

async function askModels(client: VllmClient, clock: CallClock, signal?: AbortSignal): Promise<ServedLengths> {
  const { endpoint } = client;
  const models = await clock.questions(
    `Asking the vLLM server at ${endpoint}`,
    (either) => client.models(either),
    signal,
  );
  const told = models.flatMap(({ id, maxModelLen }) =>
    maxModelLen === null ? [] : [[id, maxModelLen] as const],
  );
  return { endpoint, byModel: new Map(told), failure: null };
}

/** What the server said of its own models, or else what the last window said that was frozen on the same server. */
export function lengthsFrom(view: SqlReader, served: ServedLengths): LengthOf {
  const frozen = new Map<string, number | null>();
  return (model, endpoint) => {
    if (model === null || endpoint === null) return null;
    const said = endpoint === served.endpoint ? served.byModel.get(model) : undefined;
    if (said !== undefined) return said;
    const key = JSON.stringify([model, endpoint]);
    const known = frozen.get(key);
    const found = known === undefined ? lastFrozen(view, model, endpoint) : known;
    frozen.set(key, found);
    return found;
  };
}

const Length = z.object({ length: z.int().nullable() });

function lastFrozen(view: SqlReader, model: string, endpoint: string): number | null {
  const row = view.first(
    `SELECT json_extract(server, '$.maxModelLen') AS length FROM windows
     WHERE model = ? AND endpoint = ? AND server IS NOT NULL ORDER BY row DESC LIMIT 1`,
    [model, endpoint],
  );
  return row === undefined ? null : Length.parse(row).length;
}
