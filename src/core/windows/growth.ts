import { setTimeout as delay } from 'node:timers/promises';
import { PermafrostError } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import {
  CONNECTOR_TIERS,
  type ConnectorTier,
  type PromptTokensBySource,
  type ServerMetrics,
} from '../vllm/serverMetrics.ts';
import type { CallClock } from './patience.ts';

/** What a server's counters say of one request: by how they grew while it served nothing else. */
export interface Growth {
  /** Tokens that it had cached, wherever; null when it does not count them. */
  readonly cachedTokens: number | null;
  /** Null when it does not tell sources apart. */
  readonly bySource: PromptTokensBySource | null;
  /** Where a KV connector had what it brought, as far as the server tells. */
  readonly tiers: readonly ConnectorTier[];
}

/** How long to wait before each further look: a server counts a moment after it has answered. */
const BEFORE_LOOKS_MS = [0, 5, 10, 20, 40, 80, 160, 200];

/**
 * By how much the counters grew with a request of so many prompt tokens that was just answered, or why that says
 * nothing, to be read after "and".
 */
export async function growthSince(
  before: ServerMetrics | null,
  client: VllmClient,
  promptTokens: number,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Growth | string> {
  if (before === null || served(before) === null) return 'it shows no counters either';
  const { requestsRunning: running, requestsWaiting: waiting } = before;
  if (running === null || waiting === null) return UNTOLD;
  if (running + waiting > 0) return BUSY;
  return clock.questions(
    'Reading /metrics',
    async (either) => {
      for (const ms of BEFORE_LOOKS_MS) {
        if (ms > 0) await delay(ms, undefined, { signal: either });
        const after = await metricsIfAny(client, either);
        if (after === undefined) return 'its counters could not be read';
        const grown = (served(after) ?? 0) - (served(before) ?? 0);
        if (grown !== 0) return grown === promptTokens ? growth(before, after) : BUSY;
      }
      return 'its counters did not move';
    },
    signal,
  );
}

/**
 * Growth by just the tokens of the request does not tell either that it served no other: thaws of one window are as long
 * as each other, and of a request that runs already it counts the tokens later.
 */
const UNTOLD = 'its counters cannot tell, since it does not say whether it served other requests at the time';
const BUSY = 'its counters cannot tell, since it served other requests at the time';

/** The prompt tokens of all requests; null when the server counts none. */
function served({ promptTokensBySource: bySource, prefixCache }: ServerMetrics): number | null {
  if (bySource !== null) return bySource.localCompute + bySource.localCacheHit + bySource.externalKvTransfer;
  return prefixCache?.queries ?? null;
}

function growth(before: ServerMetrics, after: ServerMetrics): Growth {
  const [was, is] = [before.promptTokensBySource, after.promptTokensBySource];
  return {
    cachedTokens: after.prefixCache === null ? null : hits(after) - hits(before),
    bySource:
      was === null || is === null
        ? null
        : {
            localCompute: is.localCompute - was.localCompute,
            localCacheHit: is.localCacheHit - was.localCacheHit,
            externalKvTransfer: is.externalKvTransfer - was.externalKvTransfer,
          },
    tiers: CONNECTOR_TIERS.filter(
      (tier) => (after.connectorTokens?.[tier] ?? 0) > (before.connectorTokens?.[tier] ?? 0),
    ),
  };
}

function hits({ prefixCache, externalPrefixCache }: ServerMetrics): number {
  return (prefixCache?.hits ?? 0) + (externalPrefixCache?.hits ?? 0);
}

/** What was computed is computed, whatever becomes of the counters: undefined when they cannot be read. */
export async function metricsIfAny(
  client: VllmClient,
  signal: AbortSignal,
): Promise<ServerMetrics | undefined> {
  try {
    return await client.metrics(signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PermafrostError) return undefined;
    throw cause;
  }
}
