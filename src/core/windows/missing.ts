import type { ServerState } from './reach.ts';
import type { CacheState } from './thawed.ts';
import type { FrozenWindow } from './window.ts';

/** Where a window was looked for. */
export interface Place {
  readonly window: FrozenWindow;
  readonly endpoint: string;
  readonly server: ServerState;
  /** The endpoints that computed it before, the latest first. */
  readonly holders: readonly string[];
}

/**
 * What the blocks that a server did not have may come from; nothing when it had all of them, or does not tell.
 * @param since what became of them since, to be read after a semicolon
 */
export function missingReasons(
  { blocksExpected, blocksFound, promptTokens }: CacheState,
  place: Place,
  since?: string,
): string[] {
  if (place.server.metrics?.cacheConfig?.enablePrefixCaching === false)
    return ['The server keeps no prefix cache (--enable-prefix-caching turns it on).'];
  if (blocksFound === null || blocksExpected === null) return [];
  if (blocksExpected === 0) return [`${String(promptTokens)} tokens fill no block that could be cached.`];
  if (blocksFound >= blocksExpected) return [];
  const found =
    blocksFound === 0
      ? `None of its ${blocksExpected} blocks was in the server's cache (`
      : `${blocksFound} of its ${blocksExpected} blocks ${blocksFound === 1 ? 'was' : 'were'} in the server's cache (the rest was `;
  return [`${found}${causeOf(place)})${since === undefined ? '' : `; ${since}`}.`];
}

/** A server that never computed the window has lost nothing, whatever became of it. */
function causeOf({ window, endpoint, server, holders }: Place): string {
  const [holder] = holders;
  if (holder !== undefined && !holders.includes(endpoint)) return `computed at ${holder}, not here`;
  const was = window.server?.version ?? null;
  const { version } = server;
  if (was !== null && version !== null && was !== version)
    return `lost: it was vLLM ${was}, and is ${version}`;
  return 'evicted, or the server was restarted';
}
