import { nodeFiles } from '../log/files.ts';
import { createContext, readIdentity, type ContextIdentity } from '../log/identity.ts';
import { SnapshotWorkers } from '../store/snapshots.ts';
import { loadSqlEngine, type SqlEngine } from '../store/sqlView.ts';
import { Store } from '../store/store.ts';

export interface StoresOptions {
  readonly now: () => number;
  /** SQLite as WebAssembly (sql.js's `sql-wasm.wasm`), asked for when the first context is opened. */
  readonly wasm: () => Uint8Array;
  /** The script that makes snapshots in a worker thread: see SnapshotWorkers. */
  readonly workerScript: string;
  readonly snapshotFailed: (cause: unknown) => void;
}

/** The contexts that this process has open, each once. */
export class Stores {
  readonly #options: StoresOptions;
  readonly #open = new Map<string, Store>();
  #engine: Promise<{ engine: SqlEngine; workers: SnapshotWorkers }> | undefined;

  constructor(options: StoresOptions) {
    this.#options = options;
  }

  /** The store of the context in `directory`. @throws PF-4xxx when it cannot be opened. */
  async open(directory: string): Promise<Store> {
    const { engine, workers } = await this.#start();
    const open = this.#open.get(directory);
    if (open !== undefined) return open;
    const store = Store.open(directory, { engine, now: this.#options.now, requestSnapshot: workers.request });
    this.#open.set(directory, store);
    return store;
  }

  async close(): Promise<void> {
    for (const store of this.#open.values()) store.close();
    this.#open.clear();
    await (await this.#engine)?.workers.close();
  }

  #start() {
    this.#engine ??= this.#load();
    return this.#engine;
  }

  async #load() {
    const wasm = this.#options.wasm();
    const workers = new SnapshotWorkers(this.#options.workerScript, wasm, this.#options.snapshotFailed);
    return { engine: await loadSqlEngine(wasm), workers };
  }
}

/** The context in `directory`, made when there is none: for a directory that was named on purpose. */
export function contextIn(directory: string, identity: ContextIdentity): ContextIdentity {
  return readIdentity(nodeFiles, directory) ?? createContext(nodeFiles, directory, identity);
}
