import * as assert from 'node:assert/strict';
import { fingerprint } from '../../core/store/views.ts';
import { contentsOf } from '../contents.ts';
import type { Mutation } from '../harness.ts';
import { Process } from '../process.ts';
import type { Random } from '../random.ts';
import type { Place } from '../works.ts';
import { errorOf } from './errorOf.ts';
import { FailingDisk, stopsReading, type Fault } from './failingDisk.ts';

export interface Case {
  readonly work: (place: Place) => void;
  readonly meanwhile: (other: Process) => void;
  readonly fault: Fault;
  /** Whether the work passes on what the file system says, which is not for users' eyes. */
  readonly isRaw: boolean;
}

export interface TrialOutcome {
  /** How many operations failed, one after the other. */
  readonly tried: number;
  /** What was wrong at the last of them. */
  readonly failure?: string;
}

/** Often enough that what has to be read does not grow with what was tried. */
const BETWEEN_CHECKPOINTS = 8;

/** A process whose disk fails, and another one for which nothing does. */
export class Trial {
  readonly #disk = new FailingDisk();
  readonly #random: Random;
  readonly #home: string;
  readonly #one: Process;
  readonly #other: Process;

  constructor(home: string, random: Random, mutate: Mutation) {
    this.#home = home;
    this.#random = random;
    this.#one = new Process(home, 'one', mutate(this.#disk.files));
    this.#other = new Process(home, 'other');
    for (const title of ['a', 'b', 'c']) this.#one.add(title);
  }

  /** Does one work again and again, with the fault at its first operation, at its second, and so on. */
  run(trialCase: Case): TrialOutcome {
    let tried = 0;
    try {
      while (this.#reaches(tried, trialCase)) tried += 1;
      this.#compareWithAFreshProcess();
      return { tried };
    } catch (cause) {
      this.#disk.mend();
      return { tried, failure: cause instanceof Error ? String(cause.stack) : String(cause) };
    }
  }

  [Symbol.dispose](): void {
    this.#one.close();
    this.#other.close();
  }

  /** @returns whether the work made so many operations at all */
  #reaches(at: number, { meanwhile, fault, work, isRaw }: Case): boolean {
    if (at % BETWEEN_CHECKPOINTS === 0) this.#beginShort();
    meanwhile(this.#other);
    let before = contentsOf(this.#other);
    const acknowledged = (): void => void (before = contentsOf(this.#other));
    this.#disk.break(at, fault);
    const [random, one, other] = [this.#random, this.#one, this.#other];
    const error = errorOf(() => work({ random, one, other, acknowledged }), isRaw);
    const now = contentsOf(other);
    const read = errorOf(() => assert.equal(contentsOf(one), now, 'something else is read'), isRaw);
    assert.ok(read === undefined || stopsReading(fault), `reads do not go on: ${read}`);
    const reached = this.#disk.mend();
    if (read !== undefined) assert.equal(contentsOf(one), now, 'the process at work sees something else');
    if (error !== undefined && error !== 'PF-4009') assert.equal(now, before, `${error}, and it was done`);
    one.add('it works again');
    assert.equal(fingerprint(other.store), fingerprint(one.store), 'another process sees something else');
    return reached;
  }

  #beginShort(): void {
    this.#other.memories.deleteForGood(this.#other.ids().slice(3));
    this.#other.collectBlobs();
    this.#other.seal();
    this.#other.makeSnapshots();
    // What the first collection took out was not referred to at the seal either.
    this.#other.collectBlobs();
  }

  #compareWithAFreshProcess(): void {
    const fresh = new Process(this.#home, 'fresh');
    try {
      assert.equal(contentsOf(fresh), contentsOf(this.#other), 'a fresh process sees something else');
      for (const { store } of [fresh, this.#one, this.#other]) assert.deepEqual(store.problems, []);
    } finally {
      fresh.close();
    }
  }
}
