import * as z from 'zod';
import { timed, type Rounds, type Side } from '../contest.ts';
import { scattered, type Material } from './contestant.ts';
import type { MemoryEngine } from './memoryEngine.ts';

const LISTED = 50;
const FOUND = 10;

export const WorkName = z.enum(['read', 'search', 'list', 'create']);
export type WorkName = z.infer<typeof WorkName>;

interface Work {
  readonly rounds: Rounds;
  /** Each turn is about another memory or question, so that no cache has the answer. */
  readonly side: (engine: MemoryEngine, material: Material) => Side;
}

/** What is timed of one engine. */
export const WORKS: Readonly<Record<WorkName, Work>> = {
  read: {
    rounds: { rounds: 50, turns: 100, warmUp: 5 },
    side: (engine, { ids }) =>
      timed(
        (turn) => engine.read(scattered(ids, turn)),
        (content) => content !== undefined,
      ),
  },
  search: {
    rounds: { rounds: 40, turns: 25, warmUp: 3 },
    side: (engine, { queries }) =>
      timed(
        (turn) => engine.search(scattered(queries, turn), FOUND),
        (ids) => ids.length > 0,
      ),
  },
  list: {
    rounds: { rounds: 20, turns: 10, warmUp: 2 },
    side: (engine, { fresh }) => {
      const list = timed(
        () => engine.list(LISTED),
        (rows) => rows === LISTED,
      );
      return (turn) => {
        // The same page of the same state comes from a cache, so there is something new each time.
        engine.create([scattered(fresh, turn)]);
        return list(turn);
      };
    },
  },
  create: {
    rounds: { rounds: 100, turns: 10, warmUp: 5 },
    side: (engine, { fresh }) =>
      timed(
        (turn) => engine.create([scattered(fresh, turn)]),
        (created) => created.length === 1,
      ),
  },
};
