// node closeEpochs.ts COUNT CONTESTANT
//
// Creates small batches until COUNT epochs were closed, snapshots made meanwhile, and prints the milliseconds of the
// creates that closed one beside those of all others.

import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import type { Contest } from '../contest.ts';
import { Contestant, openContestant, readMaterial, scattered } from './contestant.ts';

const BATCH = 20;

const [count, contestant] = z.tuple([z.int(), Contestant]).parse(argumentsGiven());
console.log(JSON.stringify(await closeEpochs()));

async function closeEpochs(): Promise<Contest> {
  const engine = await openContestant(contestant);
  const { fresh } = readMaterial(contestant);
  const closing: number[] = [];
  const others: number[] = [];
  for (let turn = 0; closing.length < count; turn += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, at) => scattered(fresh, turn + at));
    const before = newestEpoch();
    const begun = performance.now();
    engine.create(batch);
    const milliseconds = performance.now() - begun;
    (newestEpoch() === before ? others : closing).push(milliseconds);
    // As a server does between two calls: else the end of a snapshot would not be met, and no other one begun.
    await setImmediate();
  }
  await engine.close();
  return { subject: closing, rival: others };
}

function newestEpoch(): string | undefined {
  return readdirSync(path.join(contestant.directory, 'epochs')).toSorted().at(-1);
}
