// node workBeside.ts WORK QUICK SUBJECT RIVAL
//
// Does one work on both sides in turns and prints the milliseconds of each turn.

import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { contest, type Contest } from '../contest.ts';
import { Contestant, openContestant, readMaterial } from './contestant.ts';
import { WorkName, WORKS } from './works.ts';

const Arguments = z.tuple([WorkName, z.boolean(), Contestant, Contestant]);

console.log(JSON.stringify(await workBeside(...Arguments.parse(argumentsGiven()))));

async function workBeside(
  name: WorkName,
  quick: boolean,
  subject: Contestant,
  rival: Contestant,
): Promise<Contest> {
  const { rounds, side } = WORKS[name];
  const engines = [await openContestant(subject), await openContestant(rival)] as const;
  try {
    return await contest(
      quick ? { ...rounds, rounds: 5 } : rounds,
      side(engines[0], readMaterial(subject)),
      side(engines[1], readMaterial(rival)),
    );
  } finally {
    for (const engine of engines) await engine.close();
  }
}
