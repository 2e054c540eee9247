import * as path from 'node:path';
import type { Harness, Outcome, Setting } from '../harness.ts';
import { Victims } from './victims.ts';
import { KINDS, type Kind } from './workload.ts';
import { newContext } from '../processes/context.ts';
import type { Mutant } from '../processes/mutants.ts';
import { Pool } from '../processes/pool.ts';
import { Random } from '../random.ts';

const KILLS = { short: 50, long: 1000 } as const;

/** After so many a context is brought in order and looked at as a whole, and a new one is begun. */
const KILLS_OF_ONE_CONTEXT = 25;

export const kills: Harness = {
  name: 'kills',
  promise:
    'A process that is killed at a random moment leaves every acknowledged write, whole, nothing half done and nothing behind.',
  run: (setting) => killMany(setting, KILLS[setting.scale], KINDS),
};

/** @param mutant breaks the processes on purpose */
export async function killMany(
  { seed, directory }: Setting,
  count: number,
  kinds: readonly Kind[],
  mutant?: Mutant,
): Promise<Outcome> {
  const random = new Random(seed);
  const pool = new Pool(path.join(directory, 'compiled'), mutant);
  const failures: string[] = [];
  try {
    for (let first = 0; first < count; first += KILLS_OF_ONE_CONTEXT) {
      const victims = new Victims(newContext(directory, `context-${first}`), random);
      const end = Math.min(count, first + KILLS_OF_ONE_CONTEXT);
      failures.push(...(await killInTurn(victims, pool, kindsOf(kinds, first, end))), ...victims.end());
    }
  } finally {
    await pool.end();
  }
  return { tried: `${count} kills`, failures };
}

function kindsOf(kinds: readonly Kind[], first: number, end: number): Kind[] {
  return Array.from({ length: end - first }, (_, at) => kinds[(first + at) % kinds.length] ?? 'creating');
}

/** @returns what is wrong; after that nothing more is known about the context. */
async function killInTurn(victims: Victims, pool: Pool, kinds: readonly Kind[]): Promise<string[]> {
  for (const [at, kind] of kinds.entries()) {
    const wrong = await victims.kill(await pool.take(), kind, String(at));
    if (wrong.length > 0) return wrong;
  }
  return [];
}
