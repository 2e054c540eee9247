import * as path from 'node:path';
import { Contest } from '../contest.ts';
import type { Workplace } from '../workplace.ts';
import type { Contestant } from './contestant.ts';

/** Both sides with the same memories. */
export interface Filled {
  readonly ours: Contestant;
  readonly theirs: Contestant;
  /** What ours would be, had its process been killed: a directory of hard links. */
  readonly killed: string;
  /** Memories a second while they were filled by batches. */
  readonly rates: Contest;
}

/** Stores that are filled when first asked for, once a run. */
export class FilledStores {
  readonly #workplace: Workplace;
  readonly #say: (line: string) => void;
  readonly #filled = new Map<number, Promise<Filled>>();

  constructor(workplace: Workplace, say: (line: string) => void) {
    this.#workplace = workplace;
    this.#say = say;
  }

  /** Both sides with `scale` memories. */
  at(scale: number): Promise<Filled> {
    const filled = this.#filled.get(scale) ?? this.#fill(scale);
    this.#filled.set(scale, filled);
    return filled;
  }

  async #fill(scale: number): Promise<Filled> {
    this.#say(`storing ${scale} memories on both sides`);
    const ours = this.#contestant('permafrost', `permafrost-${scale}`);
    const theirs = this.#contestant('node:sqlite', `sqlite-${scale}`);
    const killed = `${ours.directory}-killed`;
    const script = new URL('fillBoth.ts', import.meta.url);
    const printed = await this.#workplace.measure(script, scale, ours, theirs, killed);
    return { ours, theirs, killed, rates: Contest.parse(printed) };
  }

  #contestant(kind: Contestant['kind'], name: string): Contestant {
    const material = path.join(this.#workplace.directory('.'), `${name}.json`);
    return { kind, directory: this.#workplace.directory(name), material };
  }
}
