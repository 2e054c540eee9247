import * as z from 'zod';
import { asPermafrostError, type PermafrostError } from '../../errors.ts';
import type { SqlReader } from '../../store/sqlView.ts';
import type { VllmClient } from '../../vllm/client.ts';
import type { CallClock } from '../patience.ts';
import type { Connect } from '../reach.ts';
import type { LengthOf } from './rows.ts';

/** How long an answer of a server, or that it gave none, is taken as still true, in milliseconds. */
const TRUE_FOR_MS = 60_000;

/** What servers said of their models. */
export interface ServedLengths {
  /** By endpoint and model. */
  readonly byEndpoint: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Why none of them said anything. */
  readonly failure: PermafrostError | null;
}

/** When nobody needs to know. */
export const NOT_ASKED: ServedLengths = { byEndpoint: new Map(), failure: null };

/** What one server said. */
interface Said {
  readonly endpoint: string;
  readonly byModel: ReadonlyMap<string, number>;
  readonly failure: PermafrostError | null;
}

interface Remembered extends Said {
  readonly at: number;
}

/** How long the prompts of models may be, asked of each server at most once a minute. */
export class ContextLengths {
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Asks the servers, if there are any; that one does not answer is an answer too. @throws PF-6002 when it is cancelled. */
  async ask(connect: Connect, clock: CallClock, signal?: AbortSignal): Promise<ServedLengths> {
    try {
      const { clients } = await clock.questions('Connecting', connect, signal);
      const said = await Promise.all(clients.map((client) => this.#ask(client, clock, signal)));
      const byEndpoint = new Map(said.map(({ endpoint, byModel }) => [endpoint, byModel]));
      const isSilent = said.every(({ failure }) => failure !== null);
      return { byEndpoint, failure: isSilent ? (said[0]?.failure ?? null) : null };
    } catch (thrown) {
      return { ...NOT_ASKED, failure: unlessCancelled(thrown) };
    }
  }

  async #ask(client: VllmClient, clock: CallClock, signal?: AbortSignal): Promise<Said> {
    const { endpoint } = client;
    const known = this.#remembered.get(endpoint);
    if (known !== undefined && Math.abs(this.#now() - known.at) < TRUE_FOR_MS) return known;
    const said = await askModels(client, clock, signal);
    this.#remembered.set(endpoint, { ...said, at: this.#now() });
    return said;
  }
}

async function askModels(client: VllmClient, clock: CallClock, signal?: AbortSignal): Promise<Said> {
  const { endpoint } = client;
  try {
    const ask = (either: AbortSignal) => client.models(either);
    const models = await clock.questions(`Asking the vLLM server at ${endpoint}`, ask, signal);
    const told = models.flatMap(({ id, maxModelLen }) =>
      maxModelLen === null ? [] : [[id, maxModelLen] as const],
    );
    return { endpoint, byModel: new Map(told), failure: null };
  } catch (thrown) {
    return { endpoint, byModel: new Map(), failure: unlessCancelled(thrown) };
  }
}

/** @throws PF-6002 again when that is what it is. */
function unlessCancelled(thrown: unknown): PermafrostError {
  const failure = asPermafrostError(thrown);
  if (failure.code === 'PF-6002') throw failure;
  return failure;
}

/** What a server said of its own models, or else what the last window said that was frozen on the same server. */
export function lengthsFrom(view: SqlReader, served: ServedLengths): LengthOf {
  const frozen = new Map<string, number | null>();
  return (model, endpoint) => {
    if (model === null || endpoint === null) return null;
    const said = served.byEndpoint.get(endpoint)?.get(model);
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
