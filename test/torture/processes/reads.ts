import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { idFactory } from '../../../src/core/ids.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { checkpoint, seal } from '../../core/store/checkpoints.ts';
import type { Harness, Outcome, Setting } from '../harness.ts';
import { Random } from '../random.ts';
import type { Child } from './child.ts';
import { newContext, openHere, SCHEMA } from './context.ts';
import type { Mutant } from './mutants.ts';
import type { Order } from './order.ts';
import { Pool } from './pool.ts';

const READS = { short: 500, long: 20_000 } as const;

export const reads: Harness = {
  name: 'reads',
  promise:
    'After a write was acknowledged, no process answers from before it; readers, writers and checkpoints do not wait for each other.',
  run: (setting) => readAfterWrites(setting, READS[setting.scale]),
};

/** @param mutant breaks the processes on purpose */
export async function readAfterWrites(
  { seed, directory: parent }: Setting,
  count: number,
  mutant?: Mutant,
): Promise<Outcome> {
  const directory = newContext(parent, 'read');
  const id = createMemory(directory);
  const pool = new Pool(path.join(parent, 'compiled'), mutant);
  try {
    const [one, two, stopped] = [await pool.take(), await pool.take(), await pool.take()];
    for (const child of [one, two, stopped]) await child.ask({ do: 'open', directory, schema: SCHEMA });
    const pair = new Pair([one, two], directory, id, new Random(seed));
    await pair.alternate(count);
    // A process that stands still in the middle of something keeps nobody from anything.
    const reading: Order = { do: 'read', id };
    await pair.alternateWhile(stopped, 'existsSync', reading);
    await pair.alternateWhile(stopped, 'linkSync', { do: 'update', id, content: 'late' });
    seal(directory);
    await pair.alternateWhile(stopped, 'renameSync', { do: 'snapshot' });
    return { tried: `${count} reads, each after a write`, failures: pair.failures };
  } finally {
    await pool.end();
  }
}

/** Two processes of which one writes and the other one reads what it wrote, in turns that nobody can foresee. */
class Pair {
  readonly failures: string[] = [];
  readonly #children: readonly Child[];
  readonly #directory: string;
  readonly #id: string;
  readonly #random: Random;
  #writes = 0;

  constructor(children: readonly Child[], directory: string, id: string, random: Random) {
    this.#children = children;
    this.#directory = directory;
    this.#id = id;
    this.#random = random;
  }

  async alternate(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      if (this.#random.chance(0.02)) checkpoint(this.#directory);
      const [writer, reader] = this.#random.shuffled(this.#children);
      const content = `write ${this.#writes++}`;
      await writer?.ask({ do: 'update', id: this.#id, content });
      const found = await reader?.ask({ do: 'read', id: this.#id });
      if (found !== content) this.failures.push(`after ${content}, another process read ${found}`);
    }
  }

  /** Stops `child` in the middle of `order`, right before that file operation, and lets it go on afterwards. */
  async alternateWhile(child: Child, before: string, order: Order): Promise<void> {
    const answer = await standStill(child, before, order);
    await this.alternate(20);
    child.signal('SIGCONT');
    await answer();
    await this.alternate(20);
  }
}

/** @returns waits for its answer, once it goes on. */
async function standStill(child: Child, before: string, order: Order): Promise<() => Promise<void>> {
  await child.ask({ do: 'signal itself', signal: 'SIGSTOP', only: before, at: 0 });
  const { heard } = child;
  child.tell(order);
  while (!child.isStopped && child.heard === heard) await delay(1);
  return async () => {
    const answer = (await child.answered(heard + 1))[heard];
    if (answer === undefined || 'failed' in answer)
      throw new Error(`${order.do}: ${answer?.failed ?? 'ended'}`);
  };
}

function createMemory(directory: string): string {
  const store = openHere(directory);
  const memories = new Memories(store, { now: Date.now, newId: idFactory() });
  const { created } = memories.create([{ title: 'read', content: '' }]);
  store.close();
  const [memory] = created;
  if (memory === undefined) throw new Error('nothing was created');
  return memory.id;
}
