import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { Bench, Setting } from '../bench.ts';
import { contest, timed, type Rounds, type Side } from '../contest.ts';
import { Corpus } from '../corpus/corpus.ts';
import { resultOf, type Goal, type Result } from '../result.ts';
import { fill } from './fill.ts';
import type { MemoryEngine } from './memoryEngine.ts';
import { NodeSqliteMemories } from './nodeSqliteMemories.ts';
import { openPermafrost } from './permafrostMemories.ts';

const LISTED = 50;
const FOUND = 10;

/** What the works of one scale are done with. */
interface Material {
  readonly queries: readonly string[];
  /** Memories that are not there yet. */
  readonly fresh: readonly NewMemory[];
}

interface Work {
  readonly name: string;
  readonly yardstick: string;
  readonly rounds: Rounds;
  readonly goals: readonly Goal[];
  readonly side: (engine: MemoryEngine, ids: readonly string[], material: Material) => Side;
}

/** In this order: what is created last changes nothing that the others find. */
const WORKS: readonly Work[] = [
  {
    name: 'memory read by id',
    yardstick: 'node:sqlite',
    rounds: { rounds: 50, turns: 100, warmUp: 5 },
    goals: [{ of: 'p50 ratio', atMost: 5 }],
    side: (engine, ids) =>
      timed(
        (turn) => engine.read(scattered(ids, turn)),
        (content) => content !== undefined,
      ),
  },
  {
    name: 'memory list 50',
    yardstick: 'node:sqlite',
    rounds: { rounds: 30, turns: 20, warmUp: 3 },
    goals: [{ of: 'p50 ratio', atMost: 5 }],
    side: (engine) =>
      timed(
        () => engine.list(LISTED),
        (rows) => rows === LISTED,
      ),
  },
  {
    name: 'memory search top 10',
    yardstick: 'node:sqlite FTS5',
    rounds: { rounds: 40, turns: 25, warmUp: 3 },
    goals: [{ of: 'p95 ratio', atMost: 0.5 }],
    side: (engine, _ids, { queries }) =>
      timed(
        (turn) => engine.search(scattered(queries, turn), FOUND),
        (ids) => ids.length > 0,
      ),
  },
  {
    name: 'memory create, durable',
    yardstick: 'node:sqlite WAL, synchronous=FULL',
    rounds: { rounds: 100, turns: 10, warmUp: 5 },
    goals: [
      { of: 'p50 ratio', atMost: 4 },
      { of: 'p50', atMost: 1 },
    ],
    side: (engine, _ids, { fresh }) =>
      timed(
        (turn) => engine.create([scattered(fresh, turn)]),
        (created) => created.length === 1,
      ),
  },
];

/** The core beside `node:sqlite`, in one process and on one disk. */
export const memoryBench: Bench = {
  measures: WORKS.map(({ name }) => name),
  async run(setting) {
    const results: Result[] = [];
    for (const scale of setting.quick ? [1_000] : [10_000]) results.push(...(await atScale(scale, setting)));
    return results;
  },
};

async function atScale(scale: number, { workplace, wanted, say, quick }: Setting): Promise<Result[]> {
  const corpus = new Corpus();
  const memories = corpus.memories(scale);
  const material = { queries: corpus.queries(1_100, memories), fresh: corpus.memories(1_100) };
  const ours = await openPermafrost(workplace.directory(`memories-${scale}`));
  const theirs = new NodeSqliteMemories(workplace.directory(`sqlite-${scale}`));
  try {
    say(`storing ${scale} memories on both sides`);
    const ids = { ours: fill(ours, memories), theirs: fill(theirs, memories) };
    theirs.indexAll();
    const results: Result[] = [];
    for (const { side, rounds, ...work } of WORKS.filter(({ name }) => wanted(name))) {
      say(`${work.name}, ${scale} memories`);
      const sides = [side(ours, ids.ours, material), side(theirs, ids.theirs, material)] as const;
      const measured = await contest(quick ? { ...rounds, rounds: 5 } : rounds, ...sides);
      results.push(resultOf({ ...work, n: scale, unit: 'ms' }, measured));
    }
    return results;
  } finally {
    await theirs.close();
    await ours.close();
  }
}

/** An entry for each turn, all of them before any comes again, far from the one before. */
function scattered<T>(list: readonly T[], turn: number): T {
  const entry = list[(turn * 7_919) % list.length];
  if (entry === undefined) throw new Error('there is nothing to choose from');
  return entry;
}
