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
  const failures: string[] = [];
  let images = 0;
  for (const { failure, round } of cutsIn(setting, mutate)) {
    images += 1;
    if (failure !== undefined) failures.push(`seed ${setting.seed}, round ${round}: ${failure}`);
    if (images === IMAGES[setting.scale] || failures.length === ENOUGH_FAILURES) break;
  }
  return { tried: `${images.toLocaleString('en')} images`, failures };
}

/** Power cuts of one recording after the other, without end, with what is wrong after each if anything is. */
function* cutsIn(
  { scale, seed, directory }: Setting,
  mutate: Mutation,
): Iterable<{ round: number; failure?: string | undefined }> {
  const empty = contentsOfNothing(path.join(directory, 'empty'));
  for (let round = 0; ; round++) {
    const random = new Random(seed * 10_000 + round);
    const recording = recordIn(path.join(directory, 'recorded'), empty, random, mutate);
    if (typeof recording === 'string') {
      yield { round, failure: recording };
      continue;
    }
    for (const cut of differentCuts(recording, random, IMAGES_OF_A_RECORDING[scale])) {
      yield { round, failure: failureOf(recording, cut, path.join(directory, 'image')) };
    }
  }
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

/** @returns what went wrong already before the power was cut, if anything did */
function recordIn(home: string, empty: string, random: Random, mutate: Mutation): Recording | string {
  mkdirSync(home);
  try {
    return record(home, empty, random, mutate);
  } catch (cause) {
    return cause instanceof Error ? String(cause.stack) : String(cause);
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
