// node seeBoth.ts ROUNDS SUBJECT RIVAL
//
// For each side, another process commits a memory when it is asked to and says so when that is durable; this one then
// reads it. Prints the milliseconds of those reads less what a read takes when nothing is new.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { contest, measure, timed, type Contest, type Side } from '../contest.ts';
import { median } from '../result.ts';
import { Contestant, openContestant, readMaterial, scattered } from './contestant.ts';
import type { MemoryEngine } from './memoryEngine.ts';

const Arguments = z.tuple([z.int(), Contestant, Contestant]);
const COMMITTER = fileURLToPath(new URL('committer.ts', import.meta.url));

async function seeBoth(rounds: number, subject: Contestant, rival: Contestant): Promise<Contest> {
  const sides = [await Sight.open(subject), await Sight.open(rival)] as const;
  try {
    return await contest({ rounds, turns: 1, warmUp: 20 }, sides[0].see, sides[1].see);
  } finally {
    for (const side of sides) await side.close();
  }
}

/** One side: a process that commits, and the engine of this one that has to see it. */
class Sight {
  readonly #engine: MemoryEngine;
  readonly #committer: ChildProcess;
  readonly #read: number;

  private constructor(engine: MemoryEngine, committer: ChildProcess, read: number) {
    this.#engine = engine;
    this.#committer = committer;
    this.#read = read;
  }

  static async open(contestant: Contestant): Promise<Sight> {
    const engine = await openContestant(contestant);
    const { ids } = readMaterial(contestant);
    const read = median(
      await measure(
        reading(engine, (turn) => scattered(ids, turn)),
        2_000,
      ),
    );
    const committer = fork(COMMITTER, [JSON.stringify(contestant)]);
    await once(committer, 'message');
    return new Sight(engine, committer, read);
  }

  readonly see: Side = async (turn) => {
    this.#committer.send('commit');
    const [message]: unknown[] = await once(this.#committer, 'message');
    const id = z.string().parse(message);
    return (await reading(this.#engine, () => id)(turn)) - this.#read;
  };

  async close(): Promise<void> {
    this.#committer.disconnect();
    await once(this.#committer, 'exit');
    await this.#engine.close();
  }
}

function reading(engine: MemoryEngine, id: (turn: number) => string): Side {
  return timed(
    (turn) => engine.read(id(turn)),
    (content) => content !== undefined,
  );
}

console.log(JSON.stringify(await seeBoth(...Arguments.parse(argumentsGiven()))));
