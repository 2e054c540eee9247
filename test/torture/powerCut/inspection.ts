import * as assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { ContextPaths } from '../../../src/core/log/epochs.ts';
import { namesIn, nodeFiles } from '../../../src/core/log/files.ts';
import { contentsOf } from '../contents.ts';
import { Process } from '../process.ts';
import { build, type Image } from './image.ts';
import type { State } from './recording.ts';

/** What may be there after a power cut: all that was acknowledged, and perhaps what was being done. */
export function allowed(states: readonly State[], after: number): (string | undefined)[] {
  const last = states.findLastIndex(({ at, acknowledged }) => acknowledged && at <= after);
  const later = states.slice(last);
  const beyond = later.findIndex(({ at }) => at > after);
  return later.slice(0, beyond === -1 ? later.length : beyond + 1).map(({ contents }) => contents);
}

/**
 * Makes the image a directory and goes on working there.
 * @returns what is wrong with it, if anything is
 */
export function whatIsWrong(
  image: Image,
  contents: readonly (string | undefined)[],
  scratch: string,
): string | undefined {
  mkdirSync(scratch);
  const [first, second] = [new Process(scratch, 'first'), new Process(scratch, 'second')];
  // Nothing that was begun before the power was cut is still at work then.
  const third = new Process(scratch, 'third', nodeFiles, () => Date.now() + HOURS);
  try {
    build(image, scratch);
    lookAround(first, contents);
    goOn(first, second);
    leaveNothingBehind(second, third);
    for (const { store } of [first, second, third]) {
      assert.deepEqual([...store.problems, ...store.damagedSnapshots], []);
    }
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    for (const process of [first, second, third]) process.close();
    rmSync(scratch, { recursive: true });
  }
}

const HOURS = 2 * 60 * 60 * 1000;

function lookAround(first: Process, contents: readonly (string | undefined)[]): void {
  if (first.find() === undefined) assert.ok(contents.includes(undefined), 'the context is not found');
  else assert.ok(contents.includes(contentsOf(first)), 'it holds something else than was acknowledged');
}

function goOn(first: Process, second: Process): void {
  const { created } = first.memories.create([
    { title: 'after', content: 'small' },
    { title: 'after', content: 'large'.repeat(4000) },
  ]);
  assert.equal(contentsOf(second), contentsOf(first), 'a second process sees something else');
  assert.deepEqual(second.memories.summaries(created.map(({ id }) => id)).missing, []);
}

/** A checkpoint sweeps up whatever was left half done, and an hour later opening does. */
function leaveNothingBehind(second: Process, third: Process): void {
  second.seal();
  second.makeSnapshots();
  assert.equal(contentsOf(third), contentsOf(second), 'the snapshot holds something else');
  const { temporary, retired, epochs } = new ContextPaths(third.store.directory);
  assert.deepEqual([...namesIn(nodeFiles, temporary), ...namesIn(nodeFiles, retired)], []);
  assert.equal(namesIn(nodeFiles, epochs).length, 1, 'an epoch is left behind');
}
