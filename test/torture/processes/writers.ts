import { setTimeout as delay } from 'node:timers/promises';
import { checkpoint } from '../../core/store/checkpoints.ts';
import type { Random } from '../random.ts';
import type { Child } from './child.ts';
import { SCHEMA } from './context.ts';
import { killAtWork, randomMoment } from './moment.ts';
import type { Answer, Order } from './order.ts';
import type { Pool } from './pool.ts';

/** Counts that a process is told to make in one go. */
const RUN = 20;

/** The rest of the writes waits for a process that is stopped. */
const RESERVED = 0.9;

export interface Plan {
  readonly processes: number;
  readonly writes: number;
  readonly kills: number;
  readonly stops: number;
  /** How long a process is stopped at least, while the others go on and epochs are closed and let go. */
  readonly stoppedMs: number;
}

interface Scene {
  readonly directory: string;
  /** The memories that are counted in. */
  readonly ids: readonly string[];
  readonly pool: Pool;
  readonly random: Random;
}

/** Processes that count in the same memories until all the writes of a plan were acknowledged. */
export class Writers {
  /** For each run of counts: how many were acknowledged, and whether it ended with a kill. */
  readonly acknowledged = new Map<string, { readonly times: number; readonly killed: boolean }>();
  readonly failures: string[] = [];
  conflicts = 0;
  readonly #plan: Plan;
  readonly #scene: Scene;
  #written = 0;
  #runs = 0;
  #kills = 0;
  #stops = 0;
  /** Until the process that is stopped goes on. */
  #standstill: Promise<void> | undefined;

  constructor(plan: Plan, scene: Scene) {
    this.#plan = plan;
    this.#scene = scene;
  }

  /** @returns the processes that are left, each with a view of its own. */
  run(): Promise<Child[]> {
    return Promise.all(Array.from({ length: this.#plan.processes }, () => this.#write()));
  }

  async #write(): Promise<Child> {
    let child = await this.#start();
    while (await this.#isMoreToDo()) if (!(await this.#countOn(child))) child = await this.#start();
    return child;
  }

  async #isMoreToDo(): Promise<boolean> {
    if (this.#written >= this.#plan.writes * RESERVED) await this.#standstill;
    return this.#written < this.#plan.writes;
  }

  async #start(): Promise<Child> {
    const child = await this.#scene.pool.take();
    await child.ask({ do: 'open', directory: this.#scene.directory, schema: SCHEMA });
    return child;
  }

  /** @returns whether the process is still there. */
  async #countOn(child: Child): Promise<boolean> {
    const { random, ids } = this.#scene;
    const by = `run ${this.#runs++}`;
    const order: Order = { do: 'count', id: random.pick(ids), by, times: RUN };
    const killed = this.#isTimeFor(this.#kills, this.#plan.kills);
    const answers = await this.#answersTo(child, order, killed);
    const done = answers.flatMap((answer) => ('done' in answer ? [answer.done] : []));
    this.#written += done.length;
    this.conflicts += Number(done[RUN - 1] ?? 0);
    this.acknowledged.set(by, { times: done.length, killed });
    for (const answer of answers) if ('failed' in answer) this.failures.push(answer.failed);
    if (!killed && done.length < RUN) this.failures.push(`${by} ended after ${done.length} by itself`);
    return !killed && answers.length === RUN;
  }

  async #answersTo(child: Child, order: Order, killed: boolean): Promise<readonly Answer[]> {
    if (killed) {
      this.#kills += 1;
      return killAtWork(child, [order], randomMoment(this.#scene.random, RUN), RUN);
    }
    if (this.#standstill === undefined && this.#isTimeFor(this.#stops, this.#plan.stops)) {
      this.#stops += 1;
      return this.#stopWithin(child, order);
    }
    return answersTo(child, order);
  }

  /** Stops the process right before a commit gets its name: what it goes on with then is long past. */
  async #stopWithin(child: Child, order: Order): Promise<readonly Answer[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#standstill = promise;
    await child.ask({ do: 'signal itself', signal: 'SIGSTOP', only: 'linkSync', at: 0 });
    const answers = answersTo(child, order);
    while (!child.isStopped) await delay(1);
    await Promise.all([delay(this.#plan.stoppedMs), this.#letEpochsGo()]);
    child.signal('SIGCONT');
    this.#standstill = undefined;
    resolve();
    return answers;
  }

  async #letEpochsGo(): Promise<void> {
    for (const goal of [this.#written + RUN, this.#written + 2 * RUN]) {
      while (this.#written < Math.min(goal, this.#plan.writes * RESERVED)) await delay(1);
      checkpoint(this.#scene.directory);
    }
  }

  /** Spread evenly over the writes. */
  #isTimeFor(had: number, planned: number): boolean {
    return had < planned && (this.#written * (planned + 1)) / this.#plan.writes >= had + 1;
  }
}

async function answersTo(child: Child, order: Order): Promise<readonly Answer[]> {
  const { heard } = child;
  child.tell(order);
  return (await child.answered(heard + RUN)).slice(heard);
}
