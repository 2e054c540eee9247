import { maxCacheable } from '../vllm/blockHashes.ts';
import type { ConnectorTier } from '../vllm/serverMetrics.ts';
import type { ServerState } from './reach.ts';
import type { CacheState } from './thawed.ts';
import type { Warmth } from './warm.ts';
import type { FrozenWindow } from './window.ts';

/** What a warming request showed of the cache, in tokens and in blocks. */
export function cacheStateOf(warmth: Warmth, window: FrozenWindow, { metrics }: ServerState): CacheState {
  const { cachedTokens, source, bySource } = warmth.report;
  const blockSize = metrics?.cacheConfig?.blockSize ?? window.server?.blockSize ?? null;
  const blocks = (tokens: number | null) =>
    tokens === null || blockSize === null ? null : Math.floor(tokens / blockSize);
  return {
    promptTokens: warmth.promptTokens,
    cachedTokens,
    cachedTokensSource: source,
    blocksExpected: blockSize === null ? null : blocks(maxCacheable(warmth.promptTokens, blockSize)),
    blocksFound: blocks(cachedTokens),
    promptTokensBySource: bySource,
    timeToFirstTokenMs: Math.round(warmth.timeToFirstTokenMs * 10) / 10,
  };
}

/** What is worth knowing of where the blocks were, and what those that were not there may come from. */
export function cacheReasons(
  { report }: Warmth,
  state: CacheState,
  window: FrozenWindow,
  server: ServerState,
): string[] {
  return [
    ...missingReasons(state, window, server),
    ...connectorReasons(state, report.tiers),
    ...(server.metrics?.showsLmcache === true ? [LMCACHE] : []),
  ];
}

function missingReasons(state: CacheState, window: FrozenWindow, server: ServerState): string[] {
  const { blocksExpected, blocksFound, promptTokens } = state;
  if (server.metrics?.cacheConfig?.enablePrefixCaching === false) {
    return [
      'The server keeps no prefix cache (--enable-prefix-caching turns it on), so it computed all of it.',
    ];
  }
  if (blocksFound === null || blocksExpected === null) return [];
  if (blocksExpected === 0) return [`${String(promptTokens)} tokens fill no block that could be cached.`];
  if (blocksFound >= blocksExpected) return [];
  const why = cause(window, server);
  return blocksFound === 0
    ? [
        `None of its ${blocksExpected} blocks was in the server's cache${why}; it computed all of it, and holds it now.`,
      ]
    : [
        `${blocksFound} of its ${blocksExpected} blocks were in the server's cache${why}; it computed the rest, and holds it now.`,
      ];
}

function cause(window: FrozenWindow, { version }: ServerState): string {
  const was = window.server?.version ?? null;
  if (was !== null && version !== null && was !== version) return ` (it was vLLM ${was}, and is ${version})`;
  return ' (evicted, or the server was restarted)';
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
