import { noEndpoint, type PermafrostError } from '../core/errors.ts';
import { Stores } from '../core/contexts/stores.ts';
import { idFactory } from '../core/ids.ts';
import type { SqlEngine } from '../core/store/sqlView.ts';
import { Endpoint } from '../core/vllm/endpoints/endpoint.ts';
import { Endpoints } from '../core/vllm/endpoints/endpoints.ts';
import { ContextOpener, ToolEnvironment } from '../tools/environment.ts';
import { allTools } from '../tools/index.ts';
import { assets } from './assets.ts';
import { startAutoFreeze } from './autoFreeze.ts';
import type { Connection } from './connection.ts';
import type { ServeOptions } from './options.ts';
import { allowedPlaces, ownPlace } from './places.ts';
import { createServer, type ServerParts } from './server.ts';
import { serveHttp } from './http.ts';
import { untilStopped } from './shutdown.ts';
import { StdioTransport } from './stdio.ts';

/** Milliseconds after which all that a start needs has been compiled; later, V8 drops what was not used for long. */
const STARTED_MS = 2000;

export interface Surroundings {
  /** SQLite, which may still be loading. */
  readonly engine: Promise<SqlEngine>;
  /** Writes a line for the people who run this. */
  readonly log: (line: string) => void;
  readonly report: (error: PermafrostError, tool: string) => void;
}

/** Answers clients until they are gone or a signal comes. */
export async function serve(options: ServeOptions, surroundings: Surroundings): Promise<void> {
  const stopping = new AbortController();
  const { stores, ...parts } = assemble(options, surroundings, stopping.signal);
  const connection = await connect(options, parts);
  const keep = setTimeout(assets.keepCompiled, STARTED_MS).unref();
  const isFreezing = options.areas.has('windows') && !options.readOnly;
  const open = () => parts.environment.context(undefined, 'write');
  const endAutoFreeze = isFreezing ? startAutoFreeze(open, parts.log) : () => undefined;
  await untilStopped(connection, stopping);
  clearTimeout(keep);
  endAutoFreeze();
  assets.keepCompiled();
  await stores.close();
}

function assemble(
  options: ServeOptions,
  { engine, log, report }: Surroundings,
  stopping: AbortSignal,
): ServerParts & { readonly stores: Stores } {
  const clock = { now: Date.now, newId: idFactory() };
  const allowed = allowedPlaces(options.allowedContexts, clock);
  const own = ownPlace(options.place, clock, !options.readOnly);
  const stores = storesOf({ engine, log });
  const vllm = vllmEndpoints(options.vllm, log);
  const environment = new ToolEnvironment({
    opener: new ContextOpener({
      ...clock,
      stores,
      connect: () => vllm(),
      sessionDays: () => options.sessionDays,
    }),
    own: () => Promise.resolve(own),
    allowed: () => Promise.resolve(allowed),
  });
  const offered = allTools.filter((tool) => options.areas.has(tool.area));
  const tools = options.readOnly ? offered.filter((tool) => tool.annotations.readOnlyHint) : offered;
  return { version: assets.version, tools, environment, log, report, stopping, stores };
}

/** The contexts of this process. */
export function storesOf({ engine, log }: Pick<Surroundings, 'engine' | 'log'>): Stores {
  return new Stores({
    now: Date.now,
    engine: () => engine,
    snapshotScript: assets.snapshotScript,
    snapshotFailed: (cause) => log(`a snapshot could not be made, nothing is lost: ${String(cause)}`),
  });
}

/** What connects to the servers of this process. */
export function vllmEndpoints(
  servers: ServeOptions['vllm'],
  log: (line: string) => void,
): () => Promise<Endpoints> {
  if (servers.length === 0) return () => Promise.reject(noEndpoint());
  const endpoints = servers.map(
    ({ apiKey, ...server }) => new Endpoint({ ...server, apiKey: () => Promise.resolve(apiKey) }),
  );
  const opened = new Endpoints(endpoints, log);
  return () => Promise.resolve(opened);
}

async function connect({ http }: ServeOptions, parts: ServerParts): Promise<Connection> {
  if (http !== undefined) {
    return serveHttp({ ...http, log: parts.log, newServer: () => createServer(parts) });
  }
  const transport = new StdioTransport(process.stdin, process.stdout);
  await createServer(parts).connect(transport);
  return transport;
}
