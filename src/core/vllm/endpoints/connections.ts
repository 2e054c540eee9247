import type { Pool } from 'undici';
import { originOf } from '../endpoint.ts';
import type { Fetch } from '../http.ts';

/** As many as vLLM works on at once by itself (`--max-num-seqs`): more would wait at the server, not here. */
const MOST_CONNECTIONS = 256;

/** Milliseconds that an idle connection is kept: vLLM's own HTTP server (uvicorn) closes one after five seconds. */
const KEPT_MS = 4_000;

/**
 * Connections to one server that are kept for the next request: as many as there are requests at once, within a
 * limit, and fewer again when they are idle. Nothing is loaded or opened before the first request.
 *
 * The global `fetch` keeps connections too where it is Node's own. The editor replaces it by one that opens a new
 * connection for each request, to bring in certificates and proxies.
 */
export class Connections {
  readonly #origin: string;
  #opened: ReturnType<typeof open> | undefined;
  readonly #retired = new Set<Pool>();

  /** @param endpoint the base address of the server */
  constructor(endpoint: string) {
    this.#origin = originOf(endpoint);
  }

  /** As the global `fetch`, for addresses of this server. */
  readonly fetch: Fetch = async (url, init) => {
    const { fetch, pool } = await (this.#opened ??= open(this.#origin));
    return fetch(url, { ...init, dispatcher: pool });
  };

  /** Closes each when what is under way on it is done, and resolves when all are. A later request opens new ones. */
  async retire(): Promise<void> {
    const pool = await this.#letGo();
    if (pool === undefined) return;
    this.#retired.add(pool);
    await pool.close();
    this.#retired.delete(pool);
  }

  /** Closes all, those that were retired too, whatever is under way. A later request opens new ones. */
  async close(): Promise<void> {
    const pool = await this.#letGo();
    const pools = pool === undefined ? [...this.#retired] : [pool, ...this.#retired];
    await Promise.all(pools.map((each) => each.destroy()));
  }

  async #letGo(): Promise<Pool | undefined> {
    const opened = this.#opened;
    this.#opened = undefined;
    return (await opened)?.pool;
  }
}

/** undici is loaded here and not above: a process that talks to no server does without its 260 KB. */
async function open(origin: string) {
  const { fetch, Pool } = await import('undici');
  const pool = new Pool(origin, {
    connections: MOST_CONNECTIONS,
    keepAliveTimeout: KEPT_MS,
    headersTimeout: 0, // How long a server may be silent is the caller's to say.
    bodyTimeout: 0,
  });
  return { fetch, pool };
}
