import { rmSync } from 'node:fs';
import * as z from 'zod';
import { linkTree, nodeFiles } from '../../src/core/log/files.ts';
import type { Bench, Setting } from '../bench.ts';
import { contest, type Side } from '../contest.ts';
import { goalsAt, resultBeside, type GoalAt, type Result } from '../result.ts';
import type { Contestant } from './contestant.ts';

const OPEN = 'memory open to first search';
const OPEN_AFTER_KILL = 'memory open after a kill';

const GOALS: readonly GoalAt[] = [
  { of: 'p50', atMost: 150, at: 10_000 },
  { of: 'p50', atMost: 1_000, at: 100_000 },
];

/** Opening what is there until the first hit, once in each of many fresh processes. */
export const openBench: Bench = {
  measures: [OPEN, OPEN_AFTER_KILL],
  async run(setting) {
    const results: Result[] = [];
    for (const scale of setting.scales) {
      if (setting.wanted(OPEN)) results.push(await opening(scale, setting));
      if (setting.wanted(OPEN_AFTER_KILL)) results.push(await openingAfterKill(scale, setting));
    }
    return results;
  },
};

async function opening(scale: number, setting: Setting): Promise<Result> {
  const { ours, theirs } = await setting.filled.at(scale);
  setting.say(`${OPEN}, ${scale} memories`);
  const measured = await contest(roundsOf(setting), openOnce(setting, ours), openOnce(setting, theirs));
  const measure = { name: OPEN, n: scale, unit: 'ms', goals: goalsAt(scale, GOALS) } as const;
  return resultBeside(measure, 'node:sqlite FTS5', measured);
}

/** What a process left that could not end by itself: all its last single commits are replayed. */
async function openingAfterKill(scale: number, setting: Setting): Promise<Result> {
  const { ours } = await setting.filled.at(scale);
  setting.say(`${OPEN_AFTER_KILL}, ${scale} memories`);
  const measured = await contest(
    roundsOf(setting),
    await openKilled(scale, setting),
    openOnce(setting, ours),
  );
  const measure = { name: OPEN_AFTER_KILL, n: scale, unit: 'ms', goals: [] } as const;
  return resultBeside(measure, 'the same, after an end', measured);
}

function roundsOf({ quick }: Setting) {
  return { rounds: quick ? 3 : 9, turns: 1, warmUp: 1 };
}

function openOnce({ workplace }: Setting, contestant: Contestant): Side {
  const script = new URL('openOnce.ts', import.meta.url);
  return async (turn) => z.number().parse(await workplace.measure(script, turn, contestant));
}

/** On a copy for each turn, since whoever opens it makes the snapshot that it lacks. */
async function openKilled(scale: number, setting: Setting): Promise<Side> {
  const { ours, killed } = await setting.filled.at(scale);
  const directory = `${killed}-copy`;
  const open = openOnce(setting, { ...ours, directory });
  return async (turn) => {
    linkTree(nodeFiles, killed, directory);
    try {
      return await open(turn);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}
