import { engine } from './sqlite.ts'; // First of all, which saves 3 ms of the start: see there.
// oxlint-disable-next-line import/no-unassigned-import -- it sets how schemas are made, before any is
import '../core/schemas.ts';
import { Console } from 'node:console';
import { asPermafrostError, invalidInput, type PermafrostError } from '../core/errors.ts';
import { MAKE_SNAPSHOTS } from '../core/store/snapshotMakers.ts';
import { MemoryIndex } from '../core/memory/memoryIndex.ts';
import { runSnapshotMaker } from '../core/store/snapshots.ts';
import { assets } from './assets.ts';
import { HELP, readOptions, strayKeys } from './options.ts';
import { serve } from './serve.ts';

const log = (line: string): void => void process.stderr.write(`permafrost: ${line}\n`);

/** The first Node that has all that is used here. */
const NODE = '22.15.0';

// Standard output carries protocol only, whatever a dependency prints.
globalThis.console = new Console(process.stderr);

const [job, directory = ''] = process.argv.slice(2);
void (job === MAKE_SNAPSHOTS
  ? runSnapshotMaker(directory, engine, (blobs) => [new MemoryIndex(blobs)])
  : main());

function requireNode(): void {
  const version = process.versions.node;
  if (version.localeCompare(NODE, 'en', { numeric: true }) < 0)
    throw invalidInput(
      `This needs Node.js ${NODE} or later, and is run by ${version}.`,
      'Start it with another node.',
    );
}

/** Ends with 0 when all went as asked, 2 when it cannot start with these options, 1 when it is broken. */
async function main(): Promise<void> {
  try {
    requireNode();
    if (job === 'proxy') {
      const { runProxy } = await import('./proxy/runProxy.ts'); // Here, for most starts are of the server.
      return await runProxy(process.argv.slice(3), { engine, log });
    }
    const options = readOptions(process.argv.slice(2), process.env, process.cwd());
    if (options.kind === 'serve') {
      strayKeys(options.vllm, process.env).forEach(log);
      await serve(options, { engine, log, report });
      process.exit(0); // Connections to a vLLM server that are kept for the next call must not hold it.
    }
    process.stdout.write(options.kind === 'help' ? HELP : `${assets.version}\n`);
  } catch (thrown) {
    refuse(asPermafrostError(thrown));
  }
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
