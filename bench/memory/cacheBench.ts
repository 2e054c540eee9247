import * as z from 'zod';
import type { Bench } from '../bench.ts';
import { resultOf } from '../result.ts';

const HITS = 'memory cache hits';
/** Of 100,000 memories, a cache is as full as it gets after so many. */
const READS = 100_000;

/** How often a memory that is read is in the cache already, by the cache's own counters, when some are read far more often than others. */
export const cacheBench: Bench = {
  measures: [HITS],
  async run({ filled, workplace, largest, say }) {
    const { ours } = await filled.at(largest);
    say(`${HITS}, ${largest} memories`);
    const printed = await workplace.measure(new URL('hitRate.ts', import.meta.url), READS, ours);
    const measure = { name: HITS, n: largest, unit: '%', goals: [{ of: 'p50', atLeast: 80 }] } as const;
    return [resultOf(measure, [z.number().parse(printed) * 100])];
  },
};
