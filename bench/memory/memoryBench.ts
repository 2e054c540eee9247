import type { Bench, Setting } from '../bench.ts';
import { Contest } from '../contest.ts';
import { goalsAt, resultBeside, type Goal, type GoalAt, type Result } from '../result.ts';
import type { Contestant } from './contestant.ts';
import type { WorkName } from './works.ts';

const FILL = 'memory create 500 at once';
const CREATE_BESIDE_FEW = 'memory create, many held';

interface Row {
  readonly name: string;
  readonly work: WorkName;
  readonly yardstick: string;
  readonly goals: readonly GoalAt[];
}

/** In this order: what is created last changes nothing that the others find. */
const ROWS: readonly Row[] = [
  {
    name: 'memory read by id',
    work: 'read',
    yardstick: 'node:sqlite',
    goals: [{ of: 'p50 ratio', atMost: 5 }],
  },
  {
    name: 'memory search top 10',
    work: 'search',
    yardstick: 'node:sqlite FTS5',
    goals: [
      { of: 'p95 ratio', atMost: 0.5, at: 10_000 },
      { of: 'p95', atMost: 5, at: 100_000 },
    ],
  },
  {
    name: 'memory list 50',
    work: 'list',
    yardstick: 'node:sqlite',
    goals: [{ of: 'p50 ratio', atMost: 5 }],
  },
  {
    name: 'memory create, durable',
    work: 'create',
    yardstick: 'node:sqlite WAL, synchronous=FULL',
    goals: [
      { of: 'p50 ratio', atMost: 4 },
      { of: 'p50', atMost: 1 },
    ],
  },
];

/** The core beside `node:sqlite`, in one process and on one disk. */
export const memoryBench: Bench = {
  measures: [FILL, ...ROWS.map(({ name }) => name), CREATE_BESIDE_FEW],
  async run(setting) {
    const results: Result[] = [];
    for (const scale of setting.scales) results.push(...(await atScale(scale, setting)));
    if (setting.wanted(CREATE_BESIDE_FEW) && setting.scales.length > 1)
      results.push(await createBesideFew(setting));
    return results;
  },
};

async function atScale(scale: number, setting: Setting): Promise<Result[]> {
  const { filled, wanted } = setting;
  const results: Result[] = [];
  if (wanted(FILL)) results.push(await filling(scale, setting));
  for (const { work, goals, yardstick, name } of ROWS.filter((row) => wanted(row.name))) {
    const { ours, theirs } = await filled.at(scale);
    const measure = { name, n: scale, unit: 'ms', goals: goalsAt(scale, goals) } as const;
    results.push(resultBeside(measure, yardstick, await measured(setting, work, ours, theirs)));
  }
  return results;
}

async function filling(scale: number, { filled }: Setting): Promise<Result> {
  const { rates } = await filled.at(scale);
  const goals: Goal[] = [{ of: 'p50', atLeast: 20_000 }];
  return resultBeside({ name: FILL, n: scale, unit: 'memories/s', goals }, 'node:sqlite', rates);
}

/** Whether a create grows with what is held: in one process and in turns, since a disk has better and worse minutes. */
async function createBesideFew(setting: Setting): Promise<Result> {
  const { filled, scales, largest } = setting;
  const { ours: many } = await filled.at(largest);
  const { ours: few } = await filled.at(Math.min(...scales));
  const goals = goalsAt(largest, [{ of: 'p50 ratio', atMost: 1.3, at: 100_000 }]);
  const yardstick = `the same, ${Math.min(...scales).toLocaleString('en')} held`;
  const measure = { name: CREATE_BESIDE_FEW, n: largest, unit: 'ms', goals } as const;
  return resultBeside(measure, yardstick, await measured(setting, 'create', many, few));
}

async function measured(
  { workplace, quick, say }: Setting,
  work: WorkName,
  ...sides: readonly [Contestant, Contestant]
): Promise<Contest> {
  say(`${work}, ${sides.map(({ directory }) => directory.replace(/^.*\//, '')).join(' beside ')}`);
  return Contest.parse(
    await workplace.measure(new URL('workBeside.ts', import.meta.url), work, quick, ...sides),
  );
}
