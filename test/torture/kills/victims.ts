import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Store } from '../../../src/core/store/store.ts';
import { checkpoint } from '../../core/store/checkpoints.ts';
import { fingerprint } from '../../core/store/views.ts';
import type { Child } from '../processes/child.ts';
import { openHere, SCHEMA } from '../processes/context.ts';
import { killAtWork, randomMoment, type Moment } from '../processes/moment.ts';
import type { Order } from '../processes/order.ts';
import type { Random } from '../random.ts';
import { contentsOf, difference, Expected } from './expected.ts';
import { strays, temporaries } from './strays.ts';
import { workload, type Kind } from './workload.ts';

/** Steps of a migration. */
const STEPS = 3;

/** One context, the processes that are killed while they work on it, and one that looks on. */
export class Victims {
  readonly #directory: string;
  readonly #random: Random;
  #onlooker: Store;
  #schema = SCHEMA;
  #expected = new Expected();

  constructor(directory: string, random: Random) {
    this.#directory = directory;
    this.#random = random;
    this.#onlooker = openHere(directory);
  }

  /** Has `child` do work of that kind, kills it, and looks at what it left. @returns what is wrong. */
  async kill(child: Child, kind: Kind, name: string): Promise<string[]> {
    const orders = workload(kind, this.#random, this.#expected, name);
    const moment = momentOf(kind, this.#random);
    const before = this.#expected;
    if (kind === 'migrating') this.#schema += STEPS;
    const open: Order = { do: 'open', directory: this.#directory, schema: this.#schema };
    const answers = await killAtWork(child, [open, ...orders], moment);
    const wrong = answers.flatMap((answer) => ('failed' in answer ? [answer.failed] : []));
    wrong.push(...this.#look(orders, Math.max(0, answers.length - 1)));
    if (kind === 'migrating') wrong.push(...this.#lookAtWayBack(before));
    return wrong.map((what) => `kill ${name}, ${kind}, ${JSON.stringify(moment)}: ${what}`);
  }

  /** Looks at the directory as a whole when all is done. @returns what is wrong. */
  end(): string[] {
    this.#onlooker.close();
    checkpoint(this.#directory);
    checkpoint(this.#directory);
    openHere(this.#directory, this.#schema).close();
    return strays(this.#directory).map((name) => `${this.#directory} still has ${name}`);
  }

  /** What is there has to be all that was acknowledged, and what was being done then, whole or not at all. */
  #look(orders: readonly Order[], acknowledged: number): string[] {
    const fresh = openHere(this.#directory, this.#schema);
    try {
      const sure = this.#expected.after(...orders.slice(0, acknowledged));
      const more = sure.after(...orders.slice(acknowledged, acknowledged + 1));
      const found = contentsOf(fresh);
      const [lacking, besides] = [difference(found, sure.contents), difference(found, more.contents)];
      this.#expected = lacking === undefined ? sure : more;
      const wrong = lacking === undefined || besides === undefined ? [] : [lacking];
      return [...wrong, ...this.#disagreements(fresh), ...temporaries(this.#directory, process.pid)];
    } finally {
      fresh.close();
    }
  }

  /** A migration that was killed was completed by now, and what was there before it is kept. */
  #lookAtWayBack(before: Expected): string[] {
    const points = path.join(this.#directory, 'rollback');
    const [point] = readdirSync(points).toSorted().toReversed();
    const back = openHere(path.join(points, point ?? ''), this.#schema - STEPS);
    try {
      const wrong = difference(contentsOf(back), before.contents);
      return wrong === undefined ? [] : [`the way back from the migration: ${wrong}`];
    } finally {
      back.close();
    }
  }

  #disagreements(fresh: Store): string[] {
    this.#onlooker.read(() => {});
    if (this.#onlooker.refusesWrites?.code === 'PF-4004') {
      // As it has to be: the schema is a newer one now.
      this.#onlooker.close();
      this.#onlooker = openHere(this.#directory, this.#schema);
    }
    const problems = [...fresh.problems, ...this.#onlooker.problems].map(
      (problem) => `${problem.path}: ${problem.what}`,
    );
    const same = fingerprint(this.#onlooker) === fingerprint(fresh);
    return same ? problems : [...problems, 'a process that looked on has another view'];
  }
}

/** Opening, and migrating with it, is before the first answer; it takes longer than a write. */
function momentOf(kind: Kind, random: Random): Moment {
  if (kind !== 'opening' && kind !== 'migrating') return randomMoment(random, 11);
  return random.chance(0.5)
    ? { by: 'itself', beforeOperation: random.below(kind === 'opening' ? 40 : 150) }
    : { by: 'another', afterAnswer: 0, microseconds: random.below(8000) };
}
