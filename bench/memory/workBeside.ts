// node workBeside.ts WORK QUICK SUBJECT RIVAL
//
// Does one work on both sides in turns and prints the milliseconds of each turn.

import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { contest, type Contest, type Rounds } from '../contest.ts';
import { Contestant, openContestant, readMaterial, type Material } from './contestant.ts';
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
    const materials = [readMaterial(subject), readMaterial(rival)] as const;
    const most = Math.min(...materials.map((material) => roundsFor(material, rounds)), quick ? 5 : Infinity);
    return await contest(
      { ...rounds, rounds: most },
      side(engines[0], materials[0]),
      side(engines[1], materials[1]),
    );
  } finally {
    for (const engine of engines) await engine.close();
  }
}

/** As many as there are to be, unless a memory would come twice. */
function roundsFor({ ids }: Material, { rounds, turns, warmUp }: Rounds): number {
  return Math.min(rounds, Math.floor(ids.length / turns) - warmUp);
}
