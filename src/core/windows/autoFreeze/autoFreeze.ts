import type { PermafrostError } from '../../errors.ts';
import type { SqlReader } from '../../store/sqlView.ts';
import type { FreezeWorkshop } from '../freeze.ts';
import { CallClock, DEFAULT_PATIENCE, type Patience } from '../patience.ts';
import type { Connect } from '../reach.ts';
import { ContextLengths, lengthsFrom, NOT_ASKED, type ServedLengths } from './contextLengths.ts';
import { decide, type Decision } from './decide.ts';
import { freezeDue, type Outcome } from './freezeDue.ts';
import { changePolicy, policyIn, type AutoFreezePolicy, type PolicyChange } from './policy.ts';
import type { SessionFacts } from './facts.ts';
import {
  automaticWindowsIn,
  hasTokensToCompare,
  sessionFactsIn,
  sessionFactsPage,
  type Due,
  type FactsQuery,
} from './rows.ts';

export interface AutoFreezeOptions extends FreezeWorkshop {
  readonly patience?: Patience;
}

export interface CheckOptions {
  readonly sessions: Due;
  /** Whether the server is about to be stopped, so that nothing can be put off. */
  readonly stopping?: boolean;
  /** The server to ask, where it is not to be the usual one. */
  readonly connect?: Connect;
}

export interface RunOptions extends Partial<CheckOptions> {
  /** Called before each session that is frozen. */
  readonly onNext?: ((next: Decision, done: number, due: number) => void) | undefined;
}

export interface Check {
  readonly policy: AutoFreezePolicy;
  /** One for each session, the last used first. */
  readonly decisions: readonly Decision[];
  /** Why the server did not tell how long the prompts of its models may be, if it was asked and did not. */
  readonly serverFailure: PermafrostError | null;
}

/** The same for a page of all sessions. */
export interface CheckPage extends Check {
  /** How many sessions there are. */
  readonly total: number;
  readonly nextCursor?: string;
}

/** Freezes the conversations of one context by itself, as far as its policy says so. */
export class AutoFreeze {
  readonly #options: AutoFreezeOptions;
  readonly #lengths: ContextLengths;
  readonly #listeners = new Set<() => void>();

  constructor(options: AutoFreezeOptions) {
    this.#options = options;
    this.#lengths = new ContextLengths(options.now);
  }

  get policy(): AutoFreezePolicy {
    return this.#options.store.read(policyIn);
  }

  /** Changes the rules that are given, for every process. Gives the policy that holds now. */
  configure(change: PolicyChange): AutoFreezePolicy {
    const policy = this.#options.store.write((tx) => changePolicy(tx, change));
    this.#listeners.forEach((listener) => listener());
    return policy;
  }

  /** Calls `listener` after each change of the policy by this object, until the answer is called. */
  onConfigured(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What would happen to each of some sessions now, and why. Nothing is changed. */
  async check(options: CheckOptions, signal?: AbortSignal): Promise<Check> {
    return (await this.#look(options, signal)).check;
  }

  /** What would happen to all sessions, page by page: the servers are asked now, and the context at each page. */
  async pages(signal?: AbortSignal): Promise<(query: FactsQuery) => CheckPage> {
    const { store, connect } = this.#options;
    const served = await this.#ask('active', connect, signal);
    return (query) =>
      store.read((view) => {
        const { facts, usedLater, ...page } = sessionFactsPage(view, query, lengthsFrom(view, served));
        const check = this.#checkOf(view, [...usedLater, ...facts], served, false);
        return { ...check, decisions: check.decisions.slice(usedLater.length), ...page };
      });
  }

  /**
   * Freezes what is due: each as a window of its own, while the session goes on. Gives what became of each session
   * that was looked at. A failure of one is noted, for the next decision on it, and keeps none of the others from being frozen.
   */
  async run(options: RunOptions = {}, signal?: AbortSignal): Promise<Outcome[]> {
    const { stopping = false, connect = this.#options.connect, onNext } = options;
    if (!stopping && !this.policy.enabled) return [];
    const { check, served } = await this.#look({ sessions: 'active', ...options }, signal);
    const { decisions } = check;
    const workshop = { ...this.#options, connect };
    return freezeDue(workshop, decisions, { served, stopping, onNext, clock: () => this.#clock() }, signal);
  }

  async #look(
    { sessions, stopping = false, connect = this.#options.connect }: CheckOptions,
    signal?: AbortSignal,
  ): Promise<{ check: Check; served: ServedLengths }> {
    const served = await this.#ask(sessions, connect, signal);
    const check = this.#options.store.read((view) =>
      this.#checkOf(view, sessionFactsIn(view, sessions, lengthsFrom(view, served)), served, stopping),
    );
    return { check, served };
  }

  /** Asks the servers, if anything depends on what they say. */
  async #ask(sessions: Due, connect: Connect, signal?: AbortSignal): Promise<ServedLengths> {
    const asks = this.#options.store.read((view) => hasTokensToCompare(view, sessions));
    return asks ? this.#lengths.ask(connect, this.#clock(), signal) : NOT_ASKED;
  }

  #checkOf(
    view: SqlReader,
    facts: readonly SessionFacts[],
    { failure }: ServedLengths,
    stopping: boolean,
  ): Check {
    const policy = policyIn(view);
    const rules = { policy, now: this.#options.now(), stopping };
    return { policy, decisions: decide(facts, automaticWindowsIn(view), rules), serverFailure: failure };
  }

  #clock(): CallClock {
    return new CallClock(this.#options.patience ?? DEFAULT_PATIENCE);
  }
}
