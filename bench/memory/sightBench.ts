import type { Bench } from '../bench.ts';
import { Contest } from '../contest.ts';
import { resultBeside } from '../result.ts';

const SIGHT = "memory see another's commit";

/** What a read costs more when another process has committed since the one before. */
export const sightBench: Bench = {
  measures: [SIGHT],
  async run({ filled, workplace, largest, quick, say }) {
    const { ours, theirs } = await filled.at(largest);
    say(`${SIGHT}, ${largest} memories`);
    const turns = quick ? 50 : 500;
    const printed = await workplace.measure(new URL('seeBoth.ts', import.meta.url), turns, ours, theirs);
    const measure = { name: SIGHT, n: largest, unit: 'ms', goals: [{ of: 'p50', atMost: 2 }] } as const;
    return [resultBeside(measure, 'node:sqlite WAL', Contest.parse(printed))];
  },
};
