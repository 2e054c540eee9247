import { Child } from './child.ts';
import type { Mutant } from './mutants.ts';

/** Starting a process takes longer than what most are for, so some are started ahead. */
const AHEAD = 3;

/** Participants that are ready, or soon will be. */
export class Pool {
  readonly #compiled: string;
  readonly #mutant: Mutant | undefined;
  readonly #all = new Set<Child>();
  readonly #ready: Child[] = [];

  /** @param compiled a directory where what Node compiled is kept for the next process */
  constructor(compiled: string, mutant?: Mutant) {
    this.#compiled = compiled;
    this.#mutant = mutant;
  }

  async take(): Promise<Child> {
    while (this.#ready.length <= AHEAD) this.#ready.push(this.#start());
    const child = this.#ready.shift() ?? this.#start();
    await child.answered(1);
    return child;
  }

  /** Ends all that are left. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map((child) => child.kill()));
  }

  #start(): Child {
    const child = new Child(this.#compiled, this.#mutant);
    this.#all.add(child);
    void child.ended.then(() => this.#all.delete(child));
    return child;
  }
}
