// node hitRate.ts READS CONTESTANT
//
// Reads memories by Zipf's law, READS of them before anything is counted and as many again, and prints the part of the
// latter that the cache had.

import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { Random } from '../corpus/random.ts';
import { Zipf } from '../corpus/zipf.ts';
import { Contestant, readMaterial, scattered } from './contestant.ts';
import { openPermafrost } from './permafrostMemories.ts';

const SEED = 1;

const [reads, contestant] = z.tuple([z.int(), Contestant]).parse(argumentsGiven());
const { ids } = readMaterial(contestant);
const random = new Random(SEED);
const ranks = new Zipf(ids.length, 1);
const engine = await openPermafrost(contestant.directory);

readAll();
const before = counted();
readAll();
const after = counted();

console.log((after.hits - before.hits) / (after.asked - before.asked));
await engine.close();

function readAll(): void {
  for (let read = 0; read < reads; read++) engine.read(scattered(ids, ranks.rank(random)));
}

function counted(): { hits: number; asked: number } {
  const sum = { hits: 0, asked: 0 };
  for (const { hits, misses } of engine.cacheCounts()) {
    sum.hits += hits;
    sum.asked += hits + misses;
  }
  return sum;
}
