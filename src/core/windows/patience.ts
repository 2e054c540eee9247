import { Deadline } from '../vllm/deadline.ts';

/** How long one call may take before a server that does nothing is given up, in milliseconds. */
export interface Patience {
  /** All of it, unless the server is seen to be at work. */
  readonly total: number;
  /** The questions before anything is generated, together. */
  readonly control: number;
  /** The question whether the server is at work. */
  readonly question: number;
}

/** A stopped, hung or wrong server is an error within ten seconds. */
export const DEFAULT_PATIENCE: Patience = { total: 9_500, control: 6_500, question: 1_500 };

/** The patience of one call, which begins with it. */
export class CallClock {
  readonly patience: Patience;
  readonly #startedAt = performance.now();

  constructor(patience: Patience) {
    this.patience = patience;
  }

  /** Milliseconds of silence after which a generation that begins now is asked about for the first time. */
  get firstQuestionMs(): number {
    const { total, question } = this.patience;
    return Math.max(total / 10, total - question - (performance.now() - this.#startedAt));
  }

  /**
   * What the questions of `work` give.
   * @param what begins the error's text: "Asking the vLLM server".
   * @throws PF-6001 when they take longer than they may, PF-6002 when the caller cancels.
   */
  async questions<T>(
    what: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const deadline = new Deadline(what, this.patience.control, signal);
    try {
      return await deadline.race(work(deadline.signal));
    } finally {
      deadline.close();
    }
  }
}
