import type { Contest } from './contest.ts';

/** One figure, beside its yardstick from the same run where there is one. */
export interface Result extends Measure {
  readonly p50: number;
  readonly p95: number;
  readonly yardstick: Yardstick | undefined;
  /** p50 as a multiple of the yardstick's. */
  readonly ratio: number | undefined;
}

interface Yardstick {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
}

export interface Measure {
  readonly name: string;
  /** Memories held while it was measured, or tokens of a conversation; how often it was measured, where neither is needed. */
  readonly n: number;
  readonly unit: 'ms' | 'bytes' | 'MB' | 'memories' | 'memories/s' | '%';
  readonly goals: readonly Goal[];
}

/** The bound of a figure, or of its multiple of the yardstick's. */
export type Goal = { readonly of: 'p50' | 'p95' | 'p50 ratio' | 'p95 ratio' } & (
  { readonly atMost: number } | { readonly atLeast: number }
);

/** A goal that stands for one scale, or for all. */
export type GoalAt = Goal & { readonly at?: number };

/** Those of `goals` that stand for `n` memories. */
export function goalsAt(n: number, goals: readonly GoalAt[]): readonly Goal[] {
  return goals.filter(({ at = n }) => at === n);
}

/** The result of `measure` from its samples, with nothing to compare them with. */
export function resultOf(measure: Measure, samples: readonly number[]): Result {
  return { ...measure, ...spread(samples, measure), yardstick: undefined, ratio: undefined };
}

/** The result of `measure` from the samples of both sides. */
export function resultBeside(measure: Measure, yardstick: string, { subject, rival }: Contest): Result {
  const ours = spread(subject, measure);
  const theirs = spread(rival, measure);
  return { ...measure, ...ours, yardstick: { name: yardstick, ...theirs }, ratio: ours.p50 / theirs.p50 };
}

/** What a goal is compared with. */
export function reached({ of }: Goal, { p50, p95, yardstick }: Result): number {
  const figures = {
    p50,
    p95,
    'p50 ratio': p50 / (yardstick?.p50 ?? NaN),
    'p95 ratio': p95 / (yardstick?.p95 ?? NaN),
  };
  return figures[of];
}

/** The goals that a result misses; one that cannot be told is missed. */
export function misses(result: Result): readonly Goal[] {
  return result.goals.filter((goal) => {
    const figure = reached(goal, result);
    return !('atMost' in goal ? figure <= goal.atMost : figure >= goal.atLeast);
  });
}

/** The middle of `samples`. */
export function median(samples: readonly number[]): number {
  return percentile(
    samples.toSorted((a, b) => a - b),
    0.5,
  );
}

/** From the best sample to the worst: the highest rate is the best one, and the least of everything else. */
function spread(samples: readonly number[], { unit }: Pick<Measure, 'unit'>) {
  const sorted = samples.toSorted((a, b) => (unit === 'memories/s' ? b - a : a - b));
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

/** By nearest rank: a sample that was seen, never a value between two. */
function percentile(sorted: readonly number[], part: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (value === undefined || Number.isNaN(value)) throw new Error('nothing was measured');
  return value;
}
