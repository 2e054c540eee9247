import { cancelled, timedOut, type PermafrostError } from '../errors.ts';

/**
 * One call's patience: its signal fires when the time is up (PF-6001) or the caller cancels (PF-6002), with that
 * error as the reason. Whoever makes one closes it.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #stopped: Promise<never>;
  readonly #cancel: () => void;
  #timer: NodeJS.Timeout | undefined;
  #endsAt = Infinity;

  /** Begins at once; with `Infinity`, only the caller ends it. `what` is named in the error: "Waiting for /version". */
  constructor(what: string, ms: number, caller?: AbortSignal) {
    this.#caller = caller;
    this.#cancel = () => this.#stop(cancelled(what));
    const { signal } = this;
    this.#stopped = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // Without this, a deadline that ends while nobody races it would be an unhandled rejection.
    this.#stopped.catch(() => undefined);
    this.restart(what, ms);
    caller?.addEventListener('abort', this.#cancel, { once: true });
    if (caller?.aborted) this.#cancel();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds that are left. */
  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** What `work` gives, or the reason of the signal as soon as it fires, even if `work` never ends. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#stopped]);
  }

  /** From now on, `ms` are left. */
  restart(what: string, ms: number): void {
    this.pause();
    this.#endsAt = performance.now() + ms;
    if (ms < Infinity) this.#timer = setTimeout(() => this.#stop(timedOut(what, ms)), ms);
  }

  /** Stops the clock; the caller can still cancel. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#endsAt = Infinity;
  }

  /** Ends the clock and lets go of the caller's signal. */
  close(): void {
    this.pause();
    this.#caller?.removeEventListener('abort', this.#cancel);
  }

  #stop(reason: PermafrostError): void {
    this.pause();
    this.#controller.abort(reason);
  }
}
