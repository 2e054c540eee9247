import { originNotAllowed } from '../../core/errors.ts';

/** The answers that were given, kept outside of any folder. */
export interface ConsentAnswers {
  get(origin: string): boolean | undefined;
  set(origin: string, allowed: boolean): Promise<void>;
}

export interface OriginConsentOptions {
  readonly answers: ConsentAnswers;
  /** Asks the person; undefined when the question was put away without an answer. */
  readonly ask: (origin: string) => Promise<boolean | undefined>;
  /** How long a caller waits for the answer, in milliseconds. The question stays, and so does its answer. */
  readonly patienceMs: number;
}

/** Whether what this person says may be sent to a server that only a folder's file names. */
export class OriginConsent {
  readonly #options: OriginConsentOptions;
  readonly #questions = new Map<string, Promise<boolean>>();

  constructor(options: OriginConsentOptions) {
    this.#options = options;
  }

  /** Whether the person has allowed it already. */
  isGiven(origin: string): boolean {
    return this.#options.answers.get(origin) === true;
  }

  /** Asks at the first use. @throws PF-8004 unless the person allowed it. */
  async require(origin: string): Promise<void> {
    const known = this.#options.answers.get(origin);
    const allowed = known ?? (await this.#withinPatience(this.#question(origin)));
    if (!allowed) throw originNotAllowed(origin);
  }

  /**
   * Asks again whatever was answered before, for a person who wants to use the server now. A question that is open may
   * be out of their sight; the editor puts it away, unanswered, when it shows the same anew.
   */
  async askAgain(origin: string): Promise<void> {
    if (this.isGiven(origin)) return;
    if (!(await this.#ask(origin))) throw originNotAllowed(origin);
  }

  /** One question an origin, however many ask; one put away unanswered is not put again by itself. */
  #question(origin: string): Promise<boolean> {
    return this.#questions.get(origin) ?? this.#ask(origin);
  }

  #ask(origin: string): Promise<boolean> {
    const asked: Promise<boolean> = this.#options
      .ask(origin)
      .then((answer) => this.#take(origin, asked, answer));
    this.#questions.set(origin, asked);
    return asked;
  }

  /** Whoever waits for a question that was put anew meanwhile waits for the new one, whose answer alone counts. */
  async #take(origin: string, asked: Promise<boolean>, answer: boolean | undefined): Promise<boolean> {
    const last = this.#questions.get(origin);
    if (last !== undefined && last !== asked) return last;
    if (answer !== undefined) await this.#options.answers.set(origin, answer);
    return answer ?? false;
  }

  async #withinPatience(answer: Promise<boolean>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#options.patienceMs, false);
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}
