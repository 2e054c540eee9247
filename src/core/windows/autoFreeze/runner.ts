import { asPermafrostError, type PermafrostError } from '../../errors.ts';
import { everyUnheld, type Every } from '../../every.ts';
import type { Store } from '../../store/store.ts';
import type { Connect } from '../reach.ts';
import type { Windows } from '../windows.ts';
import { Agenda } from './agenda.ts';
import type { Outcome } from './freezeDue.ts';
import type { AutoFreezePolicy } from './policy.ts';
import type { Due } from './rows.ts';

export interface RunnerOptions {
  readonly store: Store;
  readonly windows: Windows;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The server to use, where it is not to be the usual one. */
  readonly connect?: Connect;
  /** What became of the sessions that were decided on, when any was due. */
  readonly onRun: (outcomes: readonly Outcome[]) => void;
  /** Nothing could be decided or noted, as when the context cannot be read or written. */
  readonly onFailure: (error: PermafrostError) => void;
  /** `everyUnheld` unless another is given. */
  readonly every?: Every;
}

/** How often there is a look at the clock. */
const LOOK_MS = 30_000;

/** How often, at most, it is looked for sessions of processes that may have ended. */
const NEWS_MS = 60 * 60_000;

/** How long nothing is tried after the context could not be read or written. */
const REST_MS = 10 * 60_000;

/**
 * Has the policy of a context applied: to a session after each turn that this process records in it and when time makes
 * it due, and to all that are active when the policy has changed. What other processes record is theirs to freeze, so their commits alone wake nobody, and a
 * context that nobody uses gives its memory back.
 */
export class AutoFreezeRunner {
  readonly #options: RunnerOptions;
  readonly #ended = new AbortController();
  readonly #ends: readonly (() => void)[];
  readonly #agenda = new Agenda();
  #running: Promise<void> | undefined;
  /** The state of the context, and its policy, that all were last decided by. */
  #seen: string | undefined;
  #policy: string | undefined;
  /** When news are looked for. */
  #newsAt = Infinity;
  #restsUntil = -Infinity;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { sessions, autoFreeze } = options.windows;
    // Whoever records a turn waits for nothing here.
    const soon = () => void setImmediate(() => this.#start());
    this.#ends = [
      sessions.onRecorded((id) => {
        this.#agenda.add(id);
        soon();
      }),
      autoFreeze.onConfigured(() => {
        this.#agenda.addAll();
        soon();
      }),
      (options.every ?? everyUnheld)(LOOK_MS, () => this.look()),
    ];
  }

  /** Resolves when nothing is being done any more. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Decides on what is due by now; the timer does so too. */
  look(): void {
    const now = this.#options.now();
    if (now < this.#restsUntil) return;
    try {
      if (now >= this.#newsAt && this.#options.store.look() !== this.#seen) this.#agenda.addAll();
      this.#start();
    } catch (thrown) {
      this.#rest(thrown);
    }
  }

  /** Ends it; what is being frozen is given up. */
  dispose(): void {
    this.#ends.forEach((end) => end());
    this.#ended.abort();
  }

  #start(): void {
    if (this.#running !== undefined) return;
    const next = this.#next();
    if (next !== undefined) this.#running = this.#runUntilDone(next);
  }

  async #runUntilDone(first: Due): Promise<void> {
    for (let next: Due | undefined = first; next !== undefined; next = this.#next()) await this.#run(next);
    this.#running = undefined;
  }

  /** Those that are to be decided on now; undefined when none are. */
  #next(): Due | undefined {
    const now = this.#options.now();
    return this.#ended.signal.aborted || now < this.#restsUntil ? undefined : this.#agenda.take(now);
  }

  async #run(due: Due): Promise<void> {
    const { windows, now, connect, onRun } = this.#options;
    try {
      const { policy } = windows.autoFreeze;
      const sessions = this.#isDecidedBy(policy) ? due : 'active';
      if (sessions === 'active') this.#noteState(policy);
      const outcomes = await windows.autoFreeze.run(
        { sessions, ...(connect && { connect }) },
        this.#ended.signal,
      );
      this.#agenda.note(outcomes, now());
      const isOver = this.#ended.signal.aborted;
      if (!isOver && outcomes.some(({ kind }) => kind !== 'left')) onRun(outcomes);
      const failed = outcomes.find((outcome) => outcome.kind === 'failed');
      if (failed?.unnoted !== undefined) this.#rest(failed.unnoted);
    } catch (thrown) {
      this.#rest(thrown);
    }
  }

  /** Whether the policy is that which all were last decided by; another process may have changed it. */
  #isDecidedBy(policy: AutoFreezePolicy): boolean {
    return JSON.stringify(policy) === this.#policy;
  }

  #noteState(policy: AutoFreezePolicy): void {
    const { store, now } = this.#options;
    this.#policy = JSON.stringify(policy);
    this.#seen = store.look();
    this.#newsAt = policy.enabled ? now() + NEWS_MS : Infinity;
  }

  #rest(thrown: unknown): void {
    if (this.#ended.signal.aborted) return;
    const { now, onFailure } = this.#options;
    this.#restsUntil = now() + REST_MS;
    this.#agenda.addAll();
    onFailure(asPermafrostError(thrown));
  }
}
