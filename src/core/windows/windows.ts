import type { Store } from '../store/store.ts';
import { AutoFreeze } from './autoFreeze/autoFreeze.ts';
import { changeWindow, type WindowChange } from './changeWindow.ts';
import { cloneWindow, type CloneOptions } from './clone.ts';
import {
  archiveWindow,
  deleteForGood,
  unarchiveWindows,
  type Deleted,
  type DeleteOptions,
} from './deletion.ts';
import { freeze, type FreezeOptions, type FreezeSource, type FreezeWorkshop } from './freeze.ts';
import { clonesOf, lineageOf, type Clone, type Lineage, type WindowRef } from './lineage.ts';
import { listWindows, tagsOfWindows, type WindowPage, type WindowQuery } from './listWindows.ts';
import { CallClock, DEFAULT_PATIENCE, type Patience } from './patience.ts';
import type { Connect } from './reach.ts';
import { Sessions } from './sessions.ts';
import type { Thawed, ThawOptions } from './thawed.ts';
import { thawSomewhere } from './thawSomewhere.ts';
import type { FrozenWindow, WindowSummary } from './window.ts';
import { windowIdOf, windowOf, windowSummary, type WindowName } from './windowRows.ts';
import { checkCache, type CacheCheck } from './windowStatus.ts';

export interface WindowsOptions {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives ids that sort in the order they were given. */
  readonly newId: () => string;
  /** The vLLM servers to talk to. @throws PF-5001 when none is configured. */
  readonly connect: Connect;
  readonly patience?: Patience;
  /** As in SessionsOptions. */
  readonly sessionDays?: (() => number) | undefined;
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
  readonly autoFreeze: AutoFreeze;
  readonly #options: WindowsOptions;
  readonly #workshop: FreezeWorkshop;

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.sessions = new Sessions(options);
    this.#workshop = { ...options, isAnswering: (id) => this.sessions.isAnswering(id) };
    this.autoFreeze = new AutoFreeze(this.#workshop);
  }

  /** Freezes a session or messages: see `freeze`. */
  freeze(source: FreezeSource, options: FreezeOptions = {}, signal?: AbortSignal): Promise<FrozenWindow> {
    return freeze(this.#workshop, source, options, this.#clock(), signal);
  }

  /** Thaws a window: see `thawSomewhere`. @throws PF-2003 when it is not there. */
  async thaw(named: WindowName, options: ThawOptions, signal?: AbortSignal): Promise<Thawed> {
    const thawed = await thawSomewhere(this.#workshop, this.get(named), options, this.#clock(), signal);
    if (thawed.sessionId !== null && thawed.reply !== null) this.sessions.announce(thawed.sessionId);
    return thawed;
  }

  /** A window with its messages and token ids. @throws PF-2003 when it is not there. */
  get(named: WindowName): FrozenWindow {
    const { store } = this.#options;
    return store.read((view) => windowOf(view, store.blobs, windowIdOf(view, named)));
  }

  /** A window without its content. @throws PF-2003 when it is not there. */
  summary(named: WindowName): WindowSummary {
    return this.#options.store.read((view) => windowSummary(view, windowIdOf(view, named)));
  }

  list(query: WindowQuery): WindowPage {
    return listWindows(this.#options.store, query);
  }

  /** A window, where it belongs, and, when asked for, what a server still has of it: see `checkCache`. */
  async status(named: WindowName, checkServer: boolean, signal?: AbortSignal): Promise<WindowStatus> {
    const window = this.get(named);
    const cache = checkServer ? await checkCache(this.#options, window, this.#clock(), signal) : null;
    return { window, lineage: this.lineage(window), cache };
  }

  /** Where a window comes from and what came of it. */
  lineage(window: Pick<WindowSummary, 'id' | 'parentId' | 'sessionId'>): Lineage {
    return this.#options.store.read((view) => lineageOf(view, window));
  }

  /** The clones of a window, the clones of these, and so on, archived ones too. */
  clones(id: string): readonly Clone[] {
    return this.#options.store.read((view) => clonesOf(view, id));
  }

  /** Every tag in use, by name. */
  tags(): string[] {
    return this.#options.store.read(tagsOfWindows);
  }

  /** Makes another window of the same content: see `cloneWindow`. */
  clone(source: WindowName, options: CloneOptions): WindowSummary {
    const { store, now, newId } = this.#options;
    const made = { id: newId(), at: now() };
    return store.write((tx) => cloneWindow(tx, source, options, made));
  }

  /** Renames, describes or tags a window: see `changeWindow`. */
  change(named: WindowName, change: WindowChange): WindowSummary {
    const { store } = this.#options;
    return store.write((tx) => changeWindow(tx, store.blobs, named, change));
  }

  /** Takes a window out of the list, which can be undone: see `archiveWindow`. Gives the ids. */
  archive(named: WindowName, { cascade = false }: DeleteOptions = {}): readonly string[] {
    const at = this.#options.now();
    return this.#options.store.write((tx) => archiveWindow(tx, named, cascade, at));
  }

  /** Takes several windows out of the list, in one commit: all, or none when one cannot be. @throws as `archive`. */
  archiveAll(ids: readonly string[]): void {
    const at = this.#options.now();
    this.#options.store.write((tx) => ids.forEach((windowId) => archiveWindow(tx, { windowId }, false, at)));
  }

  /** Puts archived windows back, all in one commit: see `unarchiveWindows`. Gives the names that they have now. */
  unarchive(ids: readonly string[]): readonly WindowRef[] {
    const { store, now } = this.#options;
    const at = now();
    return store.write((tx) => unarchiveWindows(tx, store, ids, at));
  }

  /** Deletes a window, archived or not, for good: see `deleteForGood`. */
  deleteForGood(named: WindowName, { cascade = false }: DeleteOptions = {}): Deleted {
    const at = this.#options.now();
    const { store, isAnswering } = this.#workshop;
    return store.write((tx) => deleteForGood(tx, named, cascade, { at, isAnswering }));
  }

  #clock(): CallClock {
    return new CallClock(this.#options.patience ?? DEFAULT_PATIENCE);
  }
}
