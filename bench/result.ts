import type { Contest } from './contest.ts';

/** One figure beside its yardstick, both from the same run. */
export interface Result {
  readonly name: string;
  /** Memories held while it was measured; how often it was measured, where none are needed. */
  readonly n: number;
  readonly unit: 'ms' | 'bytes';
  readonly p50: number;
  readonly p95: number;
  readonly yardstick: { readonly name: string; readonly p50: number; readonly p95: number };
  /** p50 as a multiple of the yardstick's. */
  readonly ratio: number;
  readonly goals: readonly Goal[];
}

/** The most that a figure, or its multiple of the yardstick's, may be. */
export interface Goal {
  readonly of: 'p50' | 'p95' | 'p50 ratio' | 'p95 ratio';
  readonly atMost: number;
}

export type Measure = Pick<Result, 'name' | 'n' | 'unit' | 'goals'> & { readonly yardstick: string };

/** The result of `measure` from the samples of both sides. */
export function resultOf({ yardstick, ...measure }: Measure, { subject, rival }: Contest): Result {
  const ours = spread(subject);
  const theirs = spread(rival);
  return { ...measure, ...ours, yardstick: { name: yardstick, ...theirs }, ratio: ours.p50 / theirs.p50 };
}

/** What a goal is compared with. */
export function reached({ of }: Goal, { p50, p95, yardstick }: Result): number {
  const figures = { p50, p95, 'p50 ratio': p50 / yardstick.p50, 'p95 ratio': p95 / yardstick.p95 };
  return figures[of];
}

/** The goals that a result misses. */
export function misses(result: Result): readonly Goal[] {
  return result.goals.filter((goal) => reached(goal, result) > goal.atMost);
}

/** The middle of `samples`. */
export function median(samples: readonly number[]): number {
  return spread(samples).p50;
}

function spread(samples: readonly number[]) {
  const sorted = samples.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

/** By nearest rank: a sample that was seen, never a value between two. */
function percentile(sorted: readonly number[], part: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (value === undefined || Number.isNaN(value)) throw new Error('nothing was measured');
  return value;
}
