import { maxCacheable } from '../vllm/blockHashes.ts';
import type { ServerState } from './reach.ts';
import type { CacheState } from './thawed.ts';
import type { Warmth } from './warm.ts';
import type { FrozenWindow } from './window.ts';

/** What a warming request showed of the cache, in tokens and in blocks. */
export function cacheStateOf(warmth: Warmth, window: FrozenWindow, { metrics }: ServerState): CacheState {
  const { cachedTokens, source } = warmth.report;
  const blockSize = metrics?.cacheConfig?.blockSize ?? window.server?.blockSize ?? null;
  const blocks = (tokens: number | null) =>
    tokens === null || blockSize === null ? null : Math.floor(tokens / blockSize);
  return {
    promptTokens: warmth.promptTokens,
    cachedTokens,
    cachedTokensSource: source,
    blocksExpected: blockSize === null ? null : blocks(maxCacheable(warmth.promptTokens, blockSize)),
    blocksFound: blocks(cachedTokens),
    timeToFirstTokenMs: Math.round(warmth.timeToFirstTokenMs * 10) / 10,
  };
}

/** What the cache had not, and what that may come from. */
export function cacheReasons(state: CacheState, window: FrozenWindow, server: ServerState): string[] {
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
