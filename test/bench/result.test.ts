import assert from 'node:assert/strict';
import { goalsAt, misses, resultBeside, resultOf, type Goal } from '../../bench/result.ts';

const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

function measure(...goals: Goal[]) {
  return { name: 'some work', n: 10, unit: 'ms', goals } as const;
}

describe('a result of the benchmarks', () => {
  it('has percentiles that were seen, in whatever order the samples came', () => {
    const { p50, p95 } = resultOf(measure(), hundred);
    assert.deepEqual({ p50, p95 }, { p50: 50, p95: 95 });
  });

  it('is compared with its yardstick by p50', () => {
    const { ratio, yardstick } = resultBeside(measure(), 'other', { subject: [1, 2, 9], rival: [8, 4, 2] });
    assert.equal(ratio, 0.5);
    assert.deepEqual(yardstick, { name: 'other', p50: 4, p95: 8 });
  });

  it('misses the goals on whose wrong side it is, and no other', () => {
    const goals: Goal[] = [
      { of: 'p50', atMost: 50 },
      { of: 'p50', atMost: 49 },
      { of: 'p95', atLeast: 95 },
      { of: 'p95', atLeast: 96 },
      { of: 'p50 ratio', atMost: 0.5 },
      { of: 'p95 ratio', atMost: 0.94 },
    ];
    const result = resultBeside(measure(...goals), 'other', { subject: hundred, rival: [100] });
    assert.deepEqual(misses(result), [goals[1], goals[3], goals[5]]);
  });

  it('misses a goal beside a yardstick when there is none', () => {
    const goal: Goal = { of: 'p50 ratio', atMost: 5 };
    assert.deepEqual(misses(resultOf(measure(goal), [1])), [goal]);
  });

  it('refuses to be made of nothing', () => {
    assert.throws(() => resultOf(measure(), []), /nothing was measured/);
  });

  it('has the goals of its scale and those of every scale', () => {
    const goals = [
      { of: 'p50', atMost: 1 },
      { of: 'p50', atMost: 2, at: 10 },
      { of: 'p50', atMost: 3, at: 20 },
    ] as const;
    assert.deepEqual(goalsAt(10, goals), goals.slice(0, 2));
  });
});
