import assert from 'node:assert/strict';
import { noEndpoint } from '../../../src/core/errors.ts';
import { idFactory } from '../../../src/core/ids.ts';
import type { Store } from '../../../src/core/store/store.ts';
import type { VllmClient } from '../../../src/core/vllm/client.ts';
import { Endpoint, type EndpointOptions } from '../../../src/core/vllm/endpoints/endpoint.ts';
import { Endpoints } from '../../../src/core/vllm/endpoints/endpoints.ts';
import { tidySessions } from '../../../src/core/windows/expiry.ts';
import type { Connect } from '../../../src/core/windows/reach.ts';
import type { Patience } from '../../../src/core/windows/patience.ts';
import { Windows } from '../../../src/core/windows/windows.ts';
import { startStandin, type Standin } from '../../vllm/standin/server.ts';
import type { StandinOptions } from '../../vllm/standin/settings.ts';
import { openStore } from '../store/openStore.ts';

const standins: Standin[] = [];
const endpoints: Endpoints[] = [];

afterEach(async () => {
  await Promise.all([...endpoints.splice(0), ...standins.splice(0)].map((opened) => opened.close()));
});

/** A stand-in for vLLM, stopped after the test. */
export async function standinFor(options: StandinOptions = {}): Promise<Standin> {
  const standin = await startStandin(options);
  standins.push(standin);
  return standin;
}

/** A rest that is longer than any test takes. */
export const LONG = { first: 3_600_000, longest: 3_600_000 };

/** What windows connect to when there is no server. */
export const nowhere = () => Promise.reject<Endpoints>(noEndpoint());

export const to = (
  { url, hashSeed }: { readonly url: string; readonly hashSeed?: string },
  apiKey?: string,
): Connect => {
  const opened = endpointsAt([url], { hashSeed, apiKey: () => Promise.resolve(apiKey) });
  return () => Promise.resolve(opened);
};

/** A client of a server, for what windows do not ask. */
export async function clientOf(server: { readonly url: string }): Promise<VllmClient> {
  const [client] = (await to(server)()).clients;
  assert.ok(client !== undefined);
  return client;
}

/** Has a server work on something else until the answer is called, which waits for its end. */
export async function keepBusy({ url, model }: Standin): Promise<() => Promise<void>> {
  const busy = new AbortController();
  const client = await clientOf({ url });
  const other = client.completeStreaming({ model, prompt: [7], maxTokens: 4_000 }, busy.signal);
  await other.next(); // it is at work
  return async () => {
    busy.abort();
    await assert.rejects(other.next());
  };
}

/** The endpoints at these addresses, whose connections are closed after the test. */
export function endpointsAt(
  urls: readonly string[],
  options: Omit<EndpointOptions, 'endpoint'> = {},
): Endpoints {
  const opened = new Endpoints(
    urls.map((endpoint) => new Endpoint({ lookMs: 10_000, ...options, endpoint })),
  );
  endpoints.push(opened);
  return opened;
}

/** The windows of a store, as one process has them. */
export function windowsOf(store: Store, connect: Connect, patience?: Patience): Windows {
  const newId = idFactory();
  return new Windows({
    store,
    now: Date.now,
    newId,
    connect,
    ...(patience === undefined ? {} : { patience }),
  });
}

const LATER = Date.UTC(2100, 0, 1);

/** Has all sessions be over that no window was made of, as if nothing had been said in them for long. */
export function endSessions(store: Store): void {
  store.write((tx) => tidySessions(tx, LATER, 1));
}

/** Windows in a new context, and a stand-in that they talk to. */
export async function openWindows(options: StandinOptions = {}, patience?: Patience) {
  const standin = await standinFor(options);
  const store = openStore();
  return { standin, store, windows: windowsOf(store, to(standin), patience) };
}

export const asks = (text: string) => ({ role: 'user', content: text });
export const says = (text: string) => ({ role: 'assistant', content: text });

/** A conversation of so many turns about ice, which fills some blocks. */
export function conversation(turns: number) {
  return Array.from({ length: turns }, (_, turn) => [
    asks(`Question ${turn}: how does the context window keep the snow cold in winter number ${turn}?`),
    says(`Answer ${turn}: it holds every block of the cache under the ice until somebody asks again.`),
  ]).flat();
}
