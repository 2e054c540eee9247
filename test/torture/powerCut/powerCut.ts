import { mkdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { contentsOf } from '../contents.ts';
import { ENOUGH_FAILURES, type Harness, type Mutation, type Outcome, type Setting } from '../harness.ts';
import { Process } from '../process.ts';
import { Random } from '../random.ts';
import { digestOf, imageAfter, type PowerCut } from './image.ts';
import { allowed, whatIsWrong } from './inspection.ts';
import { powerCuts } from './powerCuts.ts';
import { recipe, smallest } from './recipe.ts';
import { record, type Recording } from './recording.ts';

const IMAGES = { short: 300, long: 5000 };

/** A recording has more prefixes than these; the next one has other works and other kills. */
const IMAGES_OF_A_RECORDING = { short: 60, long: 250 };

export const powerCut: Harness = {
  name: 'power-cut',
  promise: 'A power cut loses nothing that was acknowledged, and leaves nothing half done.',
  run: (setting) => Promise.resolve(cutPower(setting)),
};

/** @param mutate to see that it is noticed when a file operation does not keep its own promise */
export function cutPower(setting: Setting, mutate: Mutation = (files) => files): Outcome {
  const { scale, seed, directory } = setting;
  const empty = contentsOfNothing(path.join(directory, 'empty'));
  const failures: string[] = [];
  let images = 0;
  for (let round = 0; images < IMAGES[scale] && failures.length < ENOUGH_FAILURES; round++) {
    const random = new Random(seed * 10_000 + round);
    const recording = recordIn(path.join(directory, 'recorded'), empty, random, mutate);
    const most = Math.min(IMAGES_OF_A_RECORDING[scale], IMAGES[scale] - images);
    for (const cut of differentCuts(recording, random, most)) {
      images += 1;
      const failure = failureOf(recording, cut, path.join(directory, 'image'));
      if (failure !== undefined) failures.push(`seed ${seed}, round ${round}: ${failure}`);
      if (failures.length === ENOUGH_FAILURES) break;
    }
  }
  return { tried: `${images.toLocaleString('en')} images`, failures };
}

/** The first `most` power cuts that leave different images, or the same one when more was acknowledged. */
function* differentCuts({ operations, states }: Recording, random: Random, most: number): Iterable<PowerCut> {
  const seen = new Set<string>();
  for (const cut of powerCuts(operations, random)) {
    if (seen.size === most) return;
    const before = seen.size;
    seen.add(`${digestOf(imageAfter(operations, cut))} ${allowed(states, cut.after).join()}`);
    if (seen.size > before) yield cut;
  }
}

function failureOf({ operations, states }: Recording, cut: PowerCut, scratch: string): string | undefined {
  const wrongAfter = (each: PowerCut): string | undefined =>
    whatIsWrong(imageAfter(operations, each), allowed(states, each.after), scratch);
  if (wrongAfter(cut) === undefined) return undefined;
  const shortest = smallest(cut, (each) => wrongAfter(each) !== undefined);
  return `${wrongAfter(shortest)}\n${recipe(operations, shortest)}`;
}

function recordIn(home: string, empty: string, random: Random, mutate: Mutation): Recording {
  mkdirSync(home);
  try {
    return record(home, empty, random, mutate);
  } finally {
    rmSync(home, { recursive: true });
  }
}

function contentsOfNothing(home: string): string {
  mkdirSync(home);
  const process = new Process(home, 'empty');
  try {
    return contentsOf(process);
  } finally {
    process.close();
  }
}
