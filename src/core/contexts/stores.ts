import { everyUnheld, type Every } from '../every.ts';
import { nodeFiles } from '../log/files.ts';
import { createContext, readIdentity, type ContextIdentity } from '../log/identity.ts';
import { SnapshotMakers } from '../store/snapshotMakers.ts';
import type { SqlEngine } from '../store/sqlView.ts';
import { Store } from '../store/store.ts';

export interface StoresOptions {
  readonly now: () => number;
  /** SQLite, asked for when the first context is opened. */
  readonly engine: () => Promise<SqlEngine>;
  /** The script that makes snapshots in a process of its own: see SnapshotMakers. */
  readonly snapshotScript: string;
  readonly snapshotFailed: (cause: unknown) => void;
  /** `everyUnheld` unless another is given. */
  readonly every?: Every;
}

/** A context that nobody read or wrote for so long is let go: after one of these, and before two are over. */
const IDLE_MS = 10 * 60 * 1000;

interface Open {
  readonly store: Store;
  /** Its uses when it was last looked at. */
  uses: number;
}

/**
 * The contexts that this process has open, each once. One that nobody uses for a while gives its memory back and stays
 * open: the next use loads it again.
 */
export class Stores {
  readonly #options: StoresOptions;
  readonly #open = new Map<string, Open>();
  #stopLooking: (() => void) | undefined;
  readonly #makers: SnapshotMakers;
  #engine: Promise<SqlEngine> | undefined;

  constructor(options: StoresOptions) {
    this.#options = options;
    this.#makers = new SnapshotMakers(options.snapshotScript, options.snapshotFailed);
  }

  /** The store of the context in `directory`. @throws PF-4xxx when it cannot be opened. */
  async open(directory: string): Promise<Store> {
    const engine = await this.#start();
    const open = this.#open.get(directory);
    if (open !== undefined) return open.store;
    const requestSnapshot = this.#makers.request;
    const store = Store.open(directory, { engine, now: this.#options.now, requestSnapshot });
    this.#open.set(directory, { store, uses: store.uses });
    this.#stopLooking ??= (this.#options.every ?? everyUnheld)(IDLE_MS, () => this.#letIdleGo());
    return store;
  }

  /** Waits for the snapshots that this process asked for, unless it is another process that makes them. */
  settled(): Promise<void> {
    return this.#makers.settled();
  }

  /** Closes all; resolves when the snapshots that are made of them have begun, and go on without this process. */
  close(): Promise<void> {
    this.#stopLooking?.();
    for (const { store } of this.#open.values()) store.close();
    this.#open.clear();
    return this.#makers.begun();
  }

  #letIdleGo(): void {
    for (const open of this.#open.values()) {
      if (open.store.uses === open.uses) open.store.release();
      open.uses = open.store.uses;
    }
  }

  #start(): Promise<SqlEngine> {
    this.#engine ??= this.#options.engine();
    return this.#engine;
  }
}

/** The context in `directory`, made when there is none: for a directory that was named on purpose. */
export function contextIn(directory: string, identity: ContextIdentity): ContextIdentity {
  return readIdentity(nodeFiles, directory) ?? createContext(nodeFiles, directory, identity);
}
