import { asPermafrostError, type PermafrostError } from '../../errors.ts';
import { everyUnheld, type Every } from '../../every.ts';
import type { Store } from '../../store/store.ts';
import type { Connect } from '../reach.ts';
import type { Windows } from '../windows.ts';
import type { Outcome } from './freezeDue.ts';

export interface RunnerOptions {
  readonly store: Store;
  readonly windows: Windows;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The server to use, where it is not to be the usual one. */
  readonly connect?: Connect;
  /** What became of the active sessions, when any was due. */
  readonly onRun: (outcomes: readonly Outcome[]) => void;
  /** Nothing could be decided or noted, as when the context cannot be read or written. */
  readonly onFailure: (error: PermafrostError) => void;
  /** `everyUnheld` unless another is given. */
  readonly every?: Every;
}

/** How often there is a look at the clock. */
const LOOK_MS = 30_000;

/** How soon what failed, or was done by another process, is decided on again. */
const AGAIN_MS = 60_000;

/** How often, at most, it is looked for sessions of processes that may have ended. */
const NEWS_MS = 60 * 60_000;

/** How long nothing is tried after the context could not be read or written. */
const REST_MS = 10 * 60_000;

/**
 * Has the policy of a context applied: after each turn and each change of the policy that this process makes, and when
 * time makes something due. What other processes record is theirs to freeze, so their commits alone wake nobody, and a
 * context that nobody uses gives its memory back.
 */
export class AutoFreezeRunner {
  readonly #options: RunnerOptions;
  readonly #ended = new AbortController();
  readonly #ends: readonly (() => void)[];
  #running: Promise<void> | undefined;
  #again = false;
  /** The state of the context that was last decided on. */
  #seen: string | undefined;
  /** When time makes something due, and when news are looked for. */
  #nextAt = -Infinity;
  #newsAt = Infinity;
  #restsUntil = -Infinity;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { sessions, autoFreeze } = options.windows;
    // Whoever records a turn waits for nothing here.
    const soon = () => void setImmediate(() => this.#start());
    this.#ends = [
      sessions.onRecorded(soon),
      autoFreeze.onConfigured(soon),
      (options.every ?? everyUnheld)(LOOK_MS, () => this.#look()),
    ];
  }

  /** Resolves when nothing is being done any more. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends it; what is being frozen is given up. */
  dispose(): void {
    this.#ends.forEach((end) => end());
    this.#ended.abort();
  }

  #look(): void {
    const now = this.#options.now();
    try {
      const isNews = now >= this.#newsAt && this.#options.store.look() !== this.#seen;
      if (isNews || now >= this.#nextAt) this.#start();
    } catch (thrown) {
      this.#rest(thrown);
    }
  }

  #start(): void {
    if (this.#ended.signal.aborted || this.#options.now() < this.#restsUntil) return;
    this.#again = true;
    this.#running ??= this.#runUntilDone();
  }

  async #runUntilDone(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#run();
    }
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { store, windows, now, connect, onRun } = this.#options;
    try {
      this.#seen = store.look();
      const { enabled } = windows.autoFreeze.policy;
      this.#newsAt = enabled ? now() + NEWS_MS : Infinity;
      const outcomes = await windows.autoFreeze.run(connect ? { connect } : {}, this.#ended.signal);
      this.#nextAt = Math.min(Infinity, ...outcomes.map((outcome) => againAt(outcome, now())));
      const isOver = this.#ended.signal.aborted;
      if (!isOver && outcomes.some(({ kind }) => kind !== 'left')) onRun(outcomes);
    } catch (thrown) {
      this.#rest(thrown);
    }
  }

  #rest(thrown: unknown): void {
    if (this.#ended.signal.aborted) return;
    const { now, onFailure } = this.#options;
    this.#restsUntil = now() + REST_MS;
    this.#nextAt = this.#restsUntil;
    onFailure(asPermafrostError(thrown));
  }
}

/** When a session is to be decided on again though nobody says anything in it. */
function againAt({ kind, decision }: Outcome, now: number): number {
  if (kind === 'failed' || kind === 'overtaken') return now + AGAIN_MS;
  return decision.changesAt ?? Infinity;
}
