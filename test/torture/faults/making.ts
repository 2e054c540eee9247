import * as assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { contentsOf } from '../contents.ts';
import type { Mutation } from '../harness.ts';
import { Process } from '../process.ts';
import { errorOf } from './errorOf.ts';
import { FailingDisk, type Fault } from './failingDisk.ts';
import type { TrialOutcome } from './trial.ts';

/** Makes contexts, each in a home of its own in `directory`, with the fault at one operation after the other. */
export function tryMaking(directory: string, fault: Fault, mutate: Mutation): TrialOutcome {
  let tried = 0;
  try {
    while (makingReaches(path.join(directory, String(tried)), tried, fault, mutate)) tried += 1;
    return { tried };
  } catch (cause) {
    return { tried, failure: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** @returns whether making a context takes so many operations at all */
function makingReaches(home: string, at: number, fault: Fault, mutate: Mutation): boolean {
  mkdirSync(home, { recursive: true });
  const disk = new FailingDisk();
  const [one, other] = [new Process(home, 'one', mutate(disk.files)), new Process(home, 'other')];
  try {
    disk.break(at, fault);
    const error = errorOf(() => one.context());
    const reached = disk.mend();
    if (error === undefined) assert.ok(other.find(), 'it is said to be made, and is not found');
    one.add('it works again');
    assert.equal(other.context(), one.context(), 'two processes have two contexts');
    assert.equal(contentsOf(other), contentsOf(one), 'another process sees something else');
    return reached;
  } finally {
    one.close();
    other.close();
  }
}
