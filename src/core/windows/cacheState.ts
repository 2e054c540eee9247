import { maxCacheable } from '../vllm/blockHashes.ts';
import type { ConnectorTier, ServerMetrics } from '../vllm/serverMetrics.ts';
import { missingReasons, type Place } from './missing.ts';
import type { ServerState } from './reach.ts';
import type { CacheState } from './thawed.ts';
import type { Warmth } from './warm.ts';
import type { FrozenWindow } from './window.ts';

/** What a warming request showed of the cache, in tokens and in blocks. */
export function cacheStateOf(warmth: Warmth, window: FrozenWindow, { metrics }: ServerState): CacheState {
  const { cachedTokens, source, bySource } = warmth.report;
  const blockSize = blockSizeOf(window, metrics);
  const blocks = (tokens: number | null) =>
    tokens === null || blockSize === null ? null : Math.floor(tokens / blockSize);
  return {
    promptTokens: warmth.promptTokens,
    cachedTokens,
    cachedTokensSource: source,
    blocksExpected: blockSize === null ? null : blocks(maxCacheable(warmth.promptTokens, blockSize)),
    blocksFound: blocks(cachedTokens),
    promptTokensBySource: bySource,
    timeToFirstTokenMs: warmth.timeToFirstTokenMs,
  };
}

/** Tokens in a block of a server's cache; null when neither it nor the window tells. */
export function blockSizeOf(window: FrozenWindow, metrics: ServerMetrics | null): number | null {
  return metrics?.cacheConfig?.blockSize ?? window.server?.blockSize ?? null;
}

/** What is worth knowing of where the blocks were, and what those that were not there may come from. */
export function cacheReasons({ report }: Warmth, state: CacheState, place: Place): string[] {
  return [
    ...missingReasons(state, place, 'it computed what was not there, and holds it now'),
    ...connectorReasons(state, report.tiers),
    ...(place.server.metrics?.showsLmcache === true ? [LMCACHE] : []),
  ];
}

const TIER_NAMES: Readonly<Record<ConnectorTier, string>> = {
  host: "the host's memory",
  disk: 'a disk',
  p2p: 'another server',
  external_unspecified: 'a store that it does not name',
};

function connectorReasons(
  { promptTokensBySource }: CacheState,
  tiers: readonly ConnectorTier[],
): readonly string[] {
  const tokens = promptTokensBySource?.externalKvTransfer ?? 0;
  if (tokens === 0) return [];
  const from = tiers.length === 0 ? '' : ` from ${tiers.map((tier) => TIER_NAMES[tier]).join(' and ')}`;
  return [`Its KV connector brought ${tokens} of the tokens${from}: they had left the server's own cache.`];
}

/** Which of LMCache's connectors it is cannot be seen from outside. */
export const LMCACHE =
  'The server uses LMCache. Its LMCacheConnectorV1 ignores the salt: what it keeps is found by everyone who sends the ' +
  'same tokens, and what a thaw finds there may be from others.';
