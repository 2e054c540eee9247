// node writeMany.ts COUNT CONTESTANT
//
// Creates COUNT memories one by one and prints what was acknowledged and what that made the disk write, with the
// snapshots that became due.

import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import type { NewMemory } from '../../src/core/memory/memory.ts';
import { argumentsGiven } from '../argumentsGiven.ts';
import { Contestant, openContestant, readMaterial, scattered } from './contestant.ts';
import { writtenUntilNow, type WrittenBytes } from './writtenBytes.ts';

const [count, contestant] = z.tuple([z.int(), Contestant]).parse(argumentsGiven());
const { fresh } = readMaterial(contestant);
const before = writtenUntilNow(contestant.directory);
const acknowledged = await createAll();
const after = writtenUntilNow(contestant.directory);

const counted: WrittenBytes = {
  acknowledged,
  written: after.written - before.written,
  asked: after.asked - before.asked,
  device: before.device === undefined ? undefined : (after.device ?? 0) - before.device,
};
console.log(JSON.stringify(counted));

async function createAll(): Promise<number> {
  const engine = await openContestant(contestant);
  let bytes = 0;
  for (let turn = 0; turn < count; turn++) {
    const memory = scattered(fresh, turn);
    engine.create([memory]);
    bytes += bytesOf(memory);
    // As a server does between two calls: else the end of a snapshot would not be met, and no other one begun.
    await setImmediate();
  }
  await engine.close();
  return bytes;
}

function bytesOf({ title, content, tags = [] }: NewMemory): number {
  return [title, content, ...tags].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
