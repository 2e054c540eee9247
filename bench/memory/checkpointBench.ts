import type { Bench } from '../bench.ts';
import { Contest } from '../contest.ts';
import { resultBeside, type Goal } from '../result.ts';

const NAME = 'memory create at a checkpoint';
const GOALS: readonly Goal[] = [{ of: 'p95', atMost: 20 }];

/** What a checkpoint costs whoever's write it comes after. */
export const checkpointBench: Bench = {
  measures: [NAME],
  async run({ filled, workplace, largest, quick, say }) {
    const { ours } = await filled.at(largest);
    say(`${NAME}, ${largest} memories`);
    const script = new URL('closeEpochs.ts', import.meta.url);
    const measured = Contest.parse(await workplace.measure(script, quick ? 3 : 10, ours));
    const measure = { name: NAME, n: largest, unit: 'ms', goals: GOALS } as const;
    return [resultBeside(measure, 'the same without one', measured)];
  },
};
