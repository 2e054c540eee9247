import { everyUnheld, type Every } from '../../core/every.ts';

/** How often a server that is away is asked whether it is back. */
const ASK_MS = 15_000;

/** Waits for servers that are away. */
export class Comeback {
  readonly #every: Every;
  #end: (() => void) | undefined;

  constructor(every: Every = everyUnheld) {
    this.#every = every;
  }

  /** Asks again and again until the answer is yes, and calls `back` then. It is asked for one thing at a time, the latest. */
  await(ask: () => Promise<boolean>, back: () => void): void {
    this.end();
    let isAsking = false;
    const end = this.#every(ASK_MS, () => {
      if (isAsking) return;
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
}
