// node writeMany.ts COUNT CONTESTANT
//
// Creates COUNT memories one by one, or as many as the time allows, and prints what was acknowledged and what that made
// the disk write, with the snapshots that became due.

import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import type { NewMemory } from '../../src/core/memory/memory.ts';
import { argumentsGiven } from '../argumentsGiven.ts';
import { Corpus } from '../corpus/corpus.ts';
import { Contestant, openContestant } from './contestant.ts';
import { writtenUntilNow, type WrittenBytes } from './writtenBytes.ts';

/** On a disk that others use, a hundred thousand synced writes can take ten times as long as they do alone. */
const MOST_MILLISECONDS = 150_000;
/** For memories that are not there yet, each another one: what is there twice would be compressed to nothing. */
const SEED = 4;

const [count, contestant] = z.tuple([z.int(), Contestant]).parse(argumentsGiven());
const before = writtenUntilNow(contestant.directory);
const done = await createAll();
const after = writtenUntilNow(contestant.directory);

const counted: WrittenBytes = {
  ...done,
  written: after.written - before.written,
  asked: after.asked - before.asked,
  device: before.device === undefined ? undefined : (after.device ?? 0) - before.device,
};
console.log(JSON.stringify(counted));

async function createAll() {
  const engine = await openContestant(contestant);
  const end = performance.now() + MOST_MILLISECONDS;
  const corpus = new Corpus(SEED);
  let [creates, acknowledged] = [0, 0];
  for (; creates < count && performance.now() < end; creates++) {
    const memories = corpus.memories(1);
    engine.create(memories);
    acknowledged += memories.reduce((sum, memory) => sum + bytesOf(memory), 0);
    // As a server does between two calls: else the end of a snapshot would not be met, and no other one begun.
    await setImmediate();
  }
  await engine.close();
  return { creates, acknowledged };
}

function bytesOf({ title, content, tags = [] }: NewMemory): number {
  return [title, content, ...tags].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
