import { Console } from 'node:console';
import { asPermafrostError, noEndpoint, type PermafrostError } from '../core/errors.ts';
import { Stores } from '../core/contexts/stores.ts';
import { idFactory } from '../core/ids.ts';
import { MAKE_SNAPSHOTS } from '../core/store/snapshotMakers.ts';
import { MemoryIndex } from '../core/memory/memoryIndex.ts';
import { runSnapshotMaker } from '../core/store/snapshots.ts';
import { VllmClient } from '../core/vllm/client.ts';
import { ContextOpener, ToolEnvironment } from '../tools/environment.ts';
import { allTools } from '../tools/index.ts';
import { assets } from './assets.ts';
import type { Connection } from './connection.ts';
import { serveHttp } from './http.ts';
import { HELP, readOptions, type ServeOptions } from './options.ts';
import { allowedPlaces, ownPlace } from './places.ts';
import { createServer, type ServerParts } from './server.ts';
import { untilStopped } from './shutdown.ts';
import { StdioTransport } from './stdio.ts';

const log = (line: string): void => void process.stderr.write(`permafrost: ${line}\n`);

// Standard output carries protocol only, whatever a dependency prints.
globalThis.console = new Console(process.stderr);

const [job, directory = ''] = process.argv.slice(2);
void (job === MAKE_SNAPSHOTS
  ? runSnapshotMaker(directory, assets.wasm(), (blobs) => [new MemoryIndex(blobs)])
  : main());

/** Ends with 0 when all went as asked, 2 when it cannot start with these options, 1 when it is broken. */
async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2), process.env, process.cwd());
    if (options.kind === 'serve') await serve(options);
    else process.stdout.write(options.kind === 'help' ? HELP : `${assets.version}\n`);
  } catch (thrown) {
    refuse(asPermafrostError(thrown));
  }
}

async function serve(options: ServeOptions): Promise<void> {
  const stopping = new AbortController();
  const { stores, ...parts } = assemble(options, stopping.signal);
  const connection = await connect(options, parts);
  await untilStopped(connection, stopping);
  stores.close();
  process.exit(0); // Connections to a vLLM server that are kept for the next call must not hold it.
}

function assemble(options: ServeOptions, stopping: AbortSignal): ServerParts & { readonly stores: Stores } {
  const clock = { now: Date.now, newId: idFactory() };
  const allowed = allowedPlaces(options.allowedContexts, clock);
  const own = ownPlace(options.place, clock);
  const snapshotFailed = (cause: unknown): void =>
    log(`a snapshot could not be made, nothing is lost: ${String(cause)}`);
  const stores = new Stores({
    ...clock,
    wasm: assets.wasm,
    snapshotScript: assets.snapshotScript,
    snapshotFailed,
  });
  const vllm = vllmClient(options.vllm);
  const environment = new ToolEnvironment({
    opener: new ContextOpener({ ...clock, stores, connect: () => vllm() }),
    own: () => Promise.resolve(own),
    allowed: () => Promise.resolve(allowed),
  });
  const offered = allTools.filter((tool) => options.areas.has(tool.area));
  const tools = options.readOnly ? offered.filter((tool) => tool.annotations.readOnlyHint) : offered;
  return { version: assets.version, tools, environment, log, report, stopping, stores };
}

function vllmClient(server: ServeOptions['vllm']): () => Promise<VllmClient> {
  if (server === undefined) return () => Promise.reject(noEndpoint());
  const client = new VllmClient({ endpoint: server.endpoint, apiKey: () => Promise.resolve(server.apiKey) });
  return () => Promise.resolve(client);
}

async function connect({ http }: ServeOptions, parts: ServerParts): Promise<Connection> {
  if (http !== undefined) return serveHttp({ ...http, log, newServer: () => createServer(parts) });
  const transport = new StdioTransport(process.stdin, process.stdout);
  await createServer(parts).connect(transport);
  return transport;
}

function report(error: PermafrostError, tool: string): void {
  log(`${tool}: ${error.cause instanceof Error ? error.cause.stack : error.message}`);
}

function refuse(error: PermafrostError): void {
  log(error.sentence);
  const isBroken = error.code === 'PF-9001';
  if (isBroken) report(error, 'start');
  process.exitCode = isBroken ? 1 : 2;
}
