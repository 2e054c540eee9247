import { contentsOf } from '../contents.ts';
import type { Mutation } from '../harness.ts';
import { Mortal } from '../mortal.ts';
import { Process } from '../process.ts';
import type { Random } from '../random.ts';
import { WORKS, type Place } from '../works.ts';
import type { DiskOperation } from './disk.ts';
import { Recorder } from './recorder.ts';

/** What a context held at a moment of the recording. */
export interface State {
  /** How many operations had been recorded by then. */
  readonly at: number;
  /**
   * Whether it was promised. A process that was killed has acknowledged nothing, but may have done it; and one
   * that asked nothing of the disk has only looked.
   */
  readonly acknowledged: boolean;
  /** Undefined before there was a context. */
  readonly contents: string | undefined;
}

export interface Recording {
  readonly operations: readonly DiskOperation[];
  readonly states: readonly State[];
}

const WORKS_IN_A_RECORDING = 14;

/** One in so many works is killed, before one of its first operations. */
const KILLED = 5;
const OPERATIONS_BEFORE_A_KILL = 30;

/**
 * Does works of all kinds in `home`, some of them killed, and records what they ask of the disk.
 * @param empty the contents of a context that was just made
 */
export function record(home: string, empty: string, random: Random, mutate: Mutation): Recording {
  const workshop = new Workshop(home, random, mutate);
  const look = new Process(home, 'look');
  const making = { work: ({ one }: Place) => void one.context(), look: () => look.find() && empty };
  while (!workshop.does(making));
  while (!workshop.does({ work: WORKS.opening, look: () => empty }));
  for (let count = 0; count < WORKS_IN_A_RECORDING; count++) {
    workshop.does({ work: random.pick(Object.values(WORKS)), look: () => contentsOf(look) });
  }
  workshop.close();
  look.close();
  return workshop;
}

interface Job {
  readonly work: (place: Place) => void;
  /** What there is when it was done or killed, seen without changing anything. */
  readonly look: () => string | undefined;
}

class Workshop implements Recording {
  readonly states: State[] = [{ at: 0, acknowledged: true, contents: undefined }];
  readonly #home: string;
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #mortal: Mortal;
  readonly #other: Process;
  #one: Process;
  #killed = 0;

  constructor(home: string, random: Random, mutate: Mutation) {
    this.#home = home;
    this.#random = random;
    this.#recorder = new Recorder(home);
    const files = mutate(this.#recorder.files);
    this.#mortal = new Mortal(files);
    this.#other = new Process(home, 'other', files);
    this.#one = this.#start();
  }

  get operations(): readonly DiskOperation[] {
    return this.#recorder.operations;
  }

  /** @returns false when the process was killed at it; another one takes its place then */
  does({ work, look }: Job): boolean {
    const note = (promised: boolean): void => {
      const at = this.operations.length;
      const acknowledged = promised && at !== this.states.at(-1)?.at;
      this.states.push({ at, acknowledged, contents: look() });
    };
    const [random, one, other] = [this.#random, this.#one, this.#other];
    const limit = random.below(KILLED) > 0 ? Infinity : random.below(OPERATIONS_BEFORE_A_KILL);
    const done = this.#mortal.survives(limit, () => {
      work({ random, one, other, acknowledged: () => note(true) });
    });
    note(done);
    if (!done) this.#restart();
    return done;
  }

  close(): void {
    this.#one.close();
    this.#other.close();
  }

  #start(): Process {
    return new Process(this.#home, `one-${this.#killed}`, this.#mortal.files);
  }

  #restart(): void {
    this.#killed += 1;
    this.#one.close();
    this.#one = this.#start();
  }
}
