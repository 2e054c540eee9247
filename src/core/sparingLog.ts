/** How long what was told is not told again, in milliseconds. */
const TELL_MS = 60_000;

/** Tells the same at most once a minute, of what may go on happening for as long as it likes. */
export class SparingLog {
  readonly #log: (line: string) => void;
  readonly #now: () => number;
  readonly #toldAt = new Map<string, number>();

  /** @param now milliseconds */
  constructor(log: (line: string) => void, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** @param about what makes two lines the same, where that is not all that they say */
  tell(line: string, about = line): void {
    const now = this.#now();
    for (const [told, at] of this.#toldAt) if (now - at >= TELL_MS) this.#toldAt.delete(told);
    if (this.#toldAt.has(about)) return;
    this.#toldAt.set(about, now);
    this.#log(line);
  }
}
