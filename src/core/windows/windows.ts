import type { Store } from '../store/store.ts';
import { freeze, type FreezeOptions, type FreezeSource, type FreezeWorkshop } from './freeze.ts';
import { listWindows, type WindowPage, type WindowQuery } from './listWindows.ts';
import { CallClock, DEFAULT_PATIENCE, type Patience } from './patience.ts';
import type { Connect } from './reach.ts';
import { releaseSession } from './sessionRows.ts';
import { Sessions } from './sessions.ts';
import { thaw } from './thaw.ts';
import type { Thawed, ThawOptions } from './thawed.ts';
import type { FrozenWindow } from './window.ts';
import { windowIdOf, windowOf, type WindowName } from './windowRows.ts';
import { checkCache, lineageOf, type CacheCheck, type Lineage } from './windowStatus.ts';

export interface WindowsOptions {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives ids that sort in the order they were given. */
  readonly newId: () => string;
  /** The vLLM server to talk to. @throws PF-5001 when none is configured. */
  readonly connect: Connect;
  readonly patience?: Patience;
}

export interface WindowStatus {
  readonly window: FrozenWindow;
  readonly lineage: Lineage;
  /** Null unless the server was asked. */
  readonly cache: CacheCheck | null;
}

/** The frozen windows of one context, and the sessions that they come from and go on in. */
export class Windows {
  readonly sessions: Sessions;
  readonly #options: WindowsOptions;
  readonly #workshop: FreezeWorkshop;

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.sessions = new Sessions(options);
    this.#workshop = { ...options, isAnswering: (id) => this.sessions.isAnswering(id) };
  }

  /** Freezes a session or messages: see `freeze`. */
  freeze(source: FreezeSource, options: FreezeOptions = {}, signal?: AbortSignal): Promise<FrozenWindow> {
    return freeze(this.#workshop, source, options, this.#clock(), signal);
  }

  /** Thaws a window: see `thaw`. @throws PF-2003 when it is not there. */
  async thaw(named: WindowName, options: ThawOptions, signal?: AbortSignal): Promise<Thawed> {
    return thaw(this.#workshop, this.get(named), options, this.#clock(), signal);
  }

  /** A window with its messages and token ids. @throws PF-2003 when it is not there. */
  get(named: WindowName): FrozenWindow {
    const { store } = this.#options;
    return store.read((view) => windowOf(view, store.blobs, windowIdOf(view, named)));
  }

  list(query: WindowQuery): WindowPage {
    return listWindows(this.#options.store, query);
  }

  /** A window, where it belongs, and, when asked for, what a server still has of it: see `checkCache`. */
  async status(named: WindowName, checkServer: boolean, signal?: AbortSignal): Promise<WindowStatus> {
    const window = this.get(named);
    const cache = checkServer ? await checkCache(this.#options.connect, window, this.#clock(), signal) : null;
    return { window, lineage: lineageOf(this.#options.store, window), cache };
  }

  /** Takes a window out of the list and frees its name; its id still finds it. Gives the id. */
  archive(named: WindowName): string {
    const at = this.#options.now();
    return this.#options.store.write((tx) => {
      const id = windowIdOf(tx, named);
      tx.run('UPDATE windows SET archived_at = ? WHERE id = ? AND archived_at IS NULL', [at, id]);
      releaseSession(tx, id, at);
      return id;
    });
  }

  /** Deletes a window, archived or not, for good. Gives the id that it had. */
  deleteForGood(named: WindowName): string {
    const at = this.#options.now();
    return this.#options.store.write((tx) => {
      const id = windowIdOf(tx, named);
      tx.run('DELETE FROM windows WHERE id = ?', [id]);
      releaseSession(tx, id, at);
      return id;
    });
  }

  #clock(): CallClock {
    return new CallClock(this.#options.patience ?? DEFAULT_PATIENCE);
  }
}
