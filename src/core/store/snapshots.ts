import { Worker, parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { contextGone, internal } from '../errors.ts';
import type { Commit } from '../log/commitLog.ts';
import { DirectoryLog } from '../log/directoryLog.ts';
import { nodeFiles, type FileOps } from '../log/files.ts';
import { readIdentity } from '../log/identity.ts';
import { publishSnapshot } from '../log/snapshotFile.ts';
import { loadSqlEngine, type SqlEngine, type SqlView } from './sqlView.ts';
import { applyCommit } from './store.ts';

/**
 * Makes the snapshots that the context in `directory` lacks, from its files alone: the state at a seal is
 * determined, so this needs nothing from, and stops nothing in, the processes that write meanwhile.
 * @returns how many were made. A damaged log gives none: it must not be made the new beginning.
 */
export function makeSnapshots(directory: string, engine: SqlEngine, files: FileOps = nodeFiles): number {
  const identity = readIdentity(files, directory);
  if (identity === undefined) throw contextGone(directory);
  const log = new DirectoryLog(directory, identity.id, files);
  const view = engine.open(log.rewind()?.database);
  try {
    return replayMaking(log, view, files);
  } finally {
    view.close();
  }
}

function replayMaking(log: DirectoryLog, view: SqlView, files: FileOps): number {
  let made = 0;
  for (let step = log.next(); step.kind === 'commit' || step.kind === 'sealed'; step = log.next()) {
    if (log.problems.length > 0) return made;
    if (step.kind === 'commit') apply(view, step.commit);
    else if (log.lacksSnapshot && publishSnapshot(files, log.paths, log.snapshotPlace, view.export()))
      made += 1;
  }
  return made;
}

function apply(view: SqlView, commit: Commit): void {
  const failure = applyCommit(view, commit);
  if (failure !== undefined) throw internal(`commit ${commit.number} cannot be applied: ${failure}`);
}

const Job = z.object({ directory: z.string(), wasm: z.instanceof(Uint8Array) });

/** Makes snapshots in a worker thread, one at a time for each context. */
export class SnapshotWorkers {
  readonly #script: string;
  readonly #wasm: Uint8Array;
  readonly #failed: (cause: unknown) => void;
  readonly #running = new Map<string, Worker>();
  /** Asked for while a worker was running that may be past that place. */
  readonly #again = new Set<string>();

  /**
   * @param script a file whose first act in a worker thread is `runSnapshotWorker()`
   * @param failed is told of a snapshot that could not be made: nothing is lost, opening stays slower
   */
  constructor(script: string, wasm: Uint8Array, failed: (cause: unknown) => void) {
    this.#script = script;
    this.#wasm = wasm;
    this.#failed = failed;
  }

  readonly request = (directory: string): void => {
    if (this.#running.has(directory)) {
      this.#again.add(directory);
      return;
    }
    const worker = new Worker(this.#script, { workerData: { directory, wasm: this.#wasm } });
    worker.unref();
    worker.once('error', this.#failed);
    worker.once('exit', () => {
      this.#running.delete(directory);
      if (this.#again.delete(directory)) this.request(directory);
    });
    this.#running.set(directory, worker);
  };

  async close(): Promise<void> {
    this.#again.clear();
    await Promise.all([...this.#running.values()].map((worker) => worker.terminate()));
  }
}

/** The worker thread's side of `SnapshotWorkers`. */
export async function runSnapshotWorker(): Promise<void> {
  const { directory, wasm } = Job.parse(workerData);
  const made = makeSnapshots(directory, await loadSqlEngine(wasm));
  parentPort?.postMessage({ made });
}
