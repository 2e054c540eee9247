import { wrongState } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { VllmClient } from '../vllm/client.ts';
import type { ServerMetrics } from '../vllm/serverMetrics.ts';
import { blockSizeOf, cacheStateOf } from './cacheState.ts';
import { metricsIfAny } from './growth.ts';
import { missingReasons, type Place } from './missing.ts';
import type { CallClock } from './patience.ts';
import { askServer, checkLength, sameModel, type Connect } from './reach.ts';
import { wantedByWindow } from './routing.ts';
import type { CacheState } from './thawed.ts';
import { warm, type Prefix, type Warmth } from './warm.ts';
import type { FrozenWindow } from './window.ts';

export interface CacheCheck extends CacheState {
  readonly model: string;
  /** The server that was asked. */
  readonly endpoint: string;
  readonly reasons: readonly string[];
}

/**
 * How much of a window a server still has. vLLM tells that only of a request that it computes, so the beginning of the
 * exact ids is sent for one token more, then one twice as long, until the server had not all of it: a window that is
 * gone costs a few blocks, one that is all there next to nothing, and in between at most as many tokens are computed as
 * were found. What was there counts as just used, what was computed is cached now, and the rest stays as it was.
 * @throws PF-3003 for a window without ids, and as `thaw` does.
 */
export async function checkCache(
  { store, connect }: { readonly store: Store; readonly connect: Connect },
  window: FrozenWindow,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<CacheCheck> {
  const { tokenIds } = window;
  if (tokenIds === null) {
    const hint = 'Leave checkServer out.';
    throw wrongState(`The window "${window.name}" holds no tokens that a server could have cached.`, hint);
  }
  const endpoints = await clock.questions('Connecting', () => connect(), signal);
  const wanted = wantedByWindow(store, window);
  const { holders } = wanted;
  return endpoints.run(
    wanted,
    async ({ client, reasons }) => {
      const check = await checkAt(client, { window, tokenIds, holders }, clock, signal);
      return { ...check, reasons: [...check.reasons, ...reasons] };
    },
    signal,
  );
}

async function checkAt(
  client: VllmClient,
  { window, tokenIds, holders }: Pick<Place, 'window' | 'holders'> & Pick<Prefix, 'tokenIds'>,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<CacheCheck> {
  const what = `Asking the vLLM server at ${client.endpoint}`;
  const state = await clock.questions(what, (either) => askServer(client, either), signal);
  const { model, reasons } = sameModel(window, state);
  checkLength(tokenIds.length, model.maxModelLen);
  const blockSize = blockSizeOf(window, state.metrics);
  const prefix = { model: model.id, tokenIds, salt: window.salt };
  const looks = await lookUp(client, prefix, { blockSize, metrics: state.metrics }, clock, signal);
  const { last } = looks;
  const cache = cacheStateOf({ ...last, promptTokens: tokenIds.length }, window, state);
  const isOfAll = last.promptTokens === tokenIds.length;
  const missing = missingReasons(cache, { window, endpoint: client.endpoint, server: state, holders });
  return {
    ...cache,
    ...(isOfAll ? {} : UNKNOWN_OF_ALL),
    model: model.id,
    endpoint: client.endpoint,
    reasons: [...reasons, ...last.report.reasons, ...missing, costOf(looks)],
  };
}

/** What a server that was sent the beginning only says of nothing else. */
const UNKNOWN_OF_ALL = { promptTokensBySource: null, timeToFirstTokenMs: null };

/** What was asked of the server, and what it cost. */
interface Looks {
  readonly last: Warmth;
  readonly requests: number;
  readonly tokensSent: number;
  /** Tokens that it had not cached; null when it does not say. */
  readonly tokensComputed: number | null;
}

async function lookUp(
  client: VllmClient,
  prefix: Prefix,
  { blockSize, metrics }: { readonly blockSize: number | null; readonly metrics: ServerMetrics | null },
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Looks> {
  let cost = { requests: 0, tokensSent: 0, tokensComputed: 0 };
  const look = async (length: number, before: ServerMetrics | null): Promise<Looks> => {
    const tokenIds = prefix.tokenIds.slice(0, length);
    const last = await warm(client, { ...prefix, tokenIds }, before, clock, signal);
    const { cachedTokens } = last.report;
    cost = {
      requests: cost.requests + 1,
      tokensSent: cost.tokensSent + length,
      tokensComputed: cost.tokensComputed + length - (cachedTokens ?? 0),
    };
    return { last, ...cost, tokensComputed: cachedTokens === null ? null : cost.tokensComputed };
  };
  let before = metrics;
  for (const length of beginnings(prefix.tokenIds.length, blockSize)) {
    const looks = await look(length, before);
    const { cachedTokens } = looks.last.report;
    if (cachedTokens === null || cachedTokens < length - 1) return looks;
    before = await countersAfter(before, client, clock, signal);
  }
  return look(prefix.tokenIds.length, before);
}

/** What the counters say before the next look: they have grown by this one. */
async function countersAfter(
  before: ServerMetrics | null,
  client: VllmClient,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<ServerMetrics | null> {
  if (before === null) return null;
  const ask = (either: AbortSignal) => metricsIfAny(client, either);
  return (await clock.questions('Reading /metrics', ask, signal)) ?? null;
}

/** Enough that a server which keeps larger blocks than it says still has one of them. */
const FIRST_BLOCKS = 8;

/** Lengths to ask for before all of it, in tokens: whole blocks, and the one token that is always computed. */
function beginnings(tokens: number, blockSize: number | null): readonly number[] {
  const lengths: number[] = [];
  if (blockSize === null) return lengths;
  for (let blocks = FIRST_BLOCKS; blocks * blockSize + 1 < tokens; blocks *= 2)
    lengths.push(blocks * blockSize + 1);
  return lengths;
}

function costOf({ requests, tokensSent, tokensComputed }: Looks): string {
  const sent = `The check sent ${tokensSent} tokens in ${requests} ${requests === 1 ? 'request' : 'requests'}`;
  return tokensComputed === null
    ? `${sent}; how many of them the server had to compute is not known.`
    : `${sent}, of which the server computed ${tokensComputed}. What it had counts as just used; the rest is as it was.`;
}
