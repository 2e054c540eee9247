import * as assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
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
  const processes = ['after', 'second', 'third'].map((name) => new Process(scratch, name));
  try {
    build(image, scratch);
    inspect(processes, contents);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    for (const process of processes) process.close();
    rmSync(scratch, { recursive: true });
  }
}

function inspect(processes: readonly Process[], contents: readonly (string | undefined)[]): void {
  const [first, second, third] = processes;
  assert.ok(first && second && third);
  if (first.find() === undefined) assert.ok(contents.includes(undefined), 'the context is not found');
  else assert.ok(contents.includes(contentsOf(first)), 'it holds something else than was acknowledged');
  assert.deepEqual(first.store.problems, []);
  const { created } = first.memories.create([
    { title: 'after', content: 'small' },
    { title: 'after', content: 'large'.repeat(4000) },
  ]);
  assert.equal(contentsOf(second), contentsOf(first), 'a second process sees something else');
  second.seal();
  second.makeSnapshots();
  assert.equal(contentsOf(third), contentsOf(first), 'the snapshot holds something else');
  assert.deepEqual(third.memories.summaries(created.map(({ id }) => id)).missing, []);
  assert.deepEqual([first.store.problems, second.store.problems, third.store.problems], [[], [], []]);
}
