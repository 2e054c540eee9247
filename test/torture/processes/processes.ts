import * as path from 'node:path';
import { idFactory } from '../../../src/core/ids.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import type { Store } from '../../../src/core/store/store.ts';
import type { Harness, Outcome, Setting } from '../harness.ts';
import type { Child } from './child.ts';
import { newContext, openHere } from './context.ts';
import type { Mutant } from './mutants.ts';
import { Pool } from './pool.ts';
import { sumUp } from './sumUp.ts';
import { miscounts } from './tallies.ts';
import { Writers, type Plan } from './writers.ts';
import { Random } from '../random.ts';

const PLANS = {
  short: { processes: 2, writes: 2_000, kills: 6, stops: 2, stoppedMs: 0 },
  long: { processes: 4, writes: 30_000, kills: 100, stops: 1, stoppedMs: 60_000 },
} as const;

/** Few, so that processes are in each other's way. */
const MEMORIES = 2;

export const processes: Harness = {
  name: 'processes',
  promise:
    'Processes that write at once, are killed and are stopped and continued lose nothing, count nothing twice, and end with equal views.',
  run: (setting) => writeAtOnce(setting, PLANS[setting.scale]),
};

/** @param mutant breaks the processes on purpose */
export async function writeAtOnce(
  { seed, directory: parent }: Setting,
  plan: Plan,
  mutant?: Mutant,
): Promise<Outcome> {
  const directory = newContext(parent, 'counted');
  const onlooker = openHere(directory);
  const search = new MemorySearch(onlooker);
  const ids = createCounters(onlooker);
  const pool = new Pool(path.join(parent, 'compiled'), mutant);
  const writers = new Writers(plan, { directory, ids, pool, random: new Random(seed) });
  try {
    const sums = await sumsOf(await writers.run());
    const fresh = openHere(directory);
    const mine = [sumUp(onlooker, search), sumUp(fresh, new MemorySearch(fresh))];
    const differing = new Set([...sums, ...mine]).size > 1 ? ['the views differ'] : [];
    const damage = [...fresh.problems, ...onlooker.problems].map(
      ({ path: file, what }) => `${file}: ${what}`,
    );
    const failures = [
      ...writers.failures,
      ...differing,
      ...damage,
      ...miscounts(fresh, ids, writers.acknowledged),
    ];
    fresh.close();
    return { tried: `${told(plan)}, ${writers.conflicts} conflicts`, failures };
  } finally {
    await pool.end();
    onlooker.close();
  }
}

function told({ processes: count, writes, kills, stops }: Plan): string {
  return `${count} processes, ${writes} writes, ${kills} kills, ${stops} stopped`;
}

function createCounters(store: Store): string[] {
  const memory = { title: 'counted', content: JSON.stringify({ total: 0, by: '', time: 0 }) };
  const memories = new Memories(store, { now: Date.now, newId: idFactory() });
  return memories.create(Array.from({ length: MEMORIES }, () => memory)).created.map(({ id }) => id);
}

function sumsOf(children: readonly Child[]): Promise<string[]> {
  return Promise.all(children.map((child) => child.ask({ do: 'sum up' })));
}
