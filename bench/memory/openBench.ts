import type { Bench, Setting } from '../bench.ts';
import { contest, type Side } from '../contest.ts';
import * as z from 'zod';
import { goalsAt, resultBeside, type GoalAt, type Result } from '../result.ts';
import type { Contestant } from './contestant.ts';

const OPEN = 'memory open to first search';

const GOALS: readonly GoalAt[] = [
  { of: 'p50', atMost: 150, at: 10_000 },
  { of: 'p50', atMost: 1_000, at: 100_000 },
];

/** Opening what is there until the first hit, once in each of many fresh processes. */
export const openBench: Bench = {
  measures: [OPEN],
  async run(setting) {
    const results: Result[] = [];
    for (const scale of setting.scales) results.push(await opening(scale, setting));
    return results;
  },
};

async function opening(scale: number, setting: Setting): Promise<Result> {
  const { ours, theirs } = await setting.filled.at(scale);
  setting.say(`${OPEN}, ${scale} memories`);
  const rounds = { rounds: setting.quick ? 3 : 9, turns: 1, warmUp: 1 };
  const measured = await contest(rounds, openOnce(setting, ours), openOnce(setting, theirs));
  const measure = { name: OPEN, n: scale, unit: 'ms', goals: goalsAt(scale, GOALS) } as const;
  return resultBeside(measure, 'node:sqlite FTS5', measured);
}

function openOnce({ workplace }: Setting, contestant: Contestant): Side {
  const script = new URL('openOnce.ts', import.meta.url);
  return async (turn) => z.number().parse(await workplace.measure(script, turn, contestant));
}
