import { everyUnheld, type Every } from '../../core/every.ts';
import type { Disposable } from 'vscode';

/** How soon a server that is away is asked whether it is back, in milliseconds. */
const ASK_MS = 15_000;

/** The longest between two questions: in between it grows with the time that the server has been away. */
const MOST_MS = 5 * 60_000;

/** Waits for servers that are away. */
export class Comeback implements Disposable {
  readonly #every: Every;
  #end: (() => void) | undefined;
  #isDisposed = false;

  constructor(every: Every = everyUnheld) {
    this.#every = every;
  }

  /** Asks again and again until the answer is yes, and calls `back` then. It is asked for one thing at a time, the latest. */
  await(ask: () => Promise<boolean>, back: () => void): void {
    this.end();
    if (this.#isDisposed) return;
    let isAsking = false;
    let awayMs = 0;
    let nextMs = ASK_MS;
    const end = this.#every(ASK_MS, () => {
      awayMs += ASK_MS;
      if (isAsking || awayMs < nextMs) return;
      nextMs = awayMs + Math.min(awayMs, MOST_MS);
      isAsking = true;
      void ask()
        .catch(() => false) // It is still away.
        .then((isBack) => {
          isAsking = false;
          if (!isBack || this.#end !== end) return;
          this.end();
          back();
        });
    });
    this.#end = end;
  }

  end(): void {
    this.#end?.();
    this.#end = undefined;
  }

  dispose(): void {
    this.end();
    this.#isDisposed = true;
  }
}
