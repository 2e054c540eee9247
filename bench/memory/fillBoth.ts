// node fillBoth.ts SCALE OURS THEIRS KILLED
//
// Stores SCALE memories on both sides in turns, the last ones one by one as they come in use, writes down what can be
// done with them, and prints the memories a second of the batches of either side, for each store. The directory KILLED
// becomes what ours would be had its process been killed in the end.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import type { NewMemory } from '../../src/core/memory/memory.ts';
import { linkTree, nodeFiles } from '../../src/core/log/files.ts';
import { argumentsGiven } from '../argumentsGiven.ts';
import type { Contest } from '../contest.ts';
import { Corpus } from '../corpus/corpus.ts';
import { Contestant, type Material } from './contestant.ts';
import type { MemoryEngine } from './memoryEngine.ts';
import { NodeSqliteMemories } from './nodeSqliteMemories.ts';
import { openPermafrost } from './permafrostMemories.ts';

const BATCH = 500;
const ONE_BY_ONE = 500;
/** Until V8 has compiled what a batch takes, one takes several times as long; a server that runs is past that. */
const WARM_UP_BATCHES = 10;
/** Where the memories are fewer, further stores are filled with them: one batch says nothing. */
const LEAST_MEMORIES = 10 * BATCH;
const QUERIES = 1_100;
const FRESH = 1_100;

/** One side while it is filled. */
class Filling {
  readonly ids: string[] = [];
  readonly #engine: MemoryEngine;
  #milliseconds = 0;

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  create(memories: readonly NewMemory[]): void {
    const begun = performance.now();
    this.ids.push(...this.#engine.create(memories));
    this.#milliseconds += performance.now() - begun;
  }

  /** Memories a second until now. */
  get rate(): number {
    return (this.ids.length / this.#milliseconds) * 1_000;
  }
}

const Arguments = z.tuple([z.int(), Contestant, Contestant, z.string()]);

await fillBoth(...Arguments.parse(argumentsGiven()));

async function fillBoth(
  count: number,
  subject: Contestant,
  rival: Contestant,
  killed: string,
): Promise<void> {
  const corpus = new Corpus();
  const memories = corpus.memories(count);
  const place = path.dirname(subject.directory);
  const batch = memories.slice(0, BATCH);
  await fillOthers(path.join(place, 'warm-up'), Array<typeof batch>(WARM_UP_BATCHES).fill(batch).flat());
  const rates: Contest[] = [];
  for (let stored = count; stored < LEAST_MEMORIES; stored += count)
    rates.push(await fillOthers(path.join(place, `others-${stored}`), memories));
  const permafrost = await openPermafrost(subject.directory);
  const sqlite = new NodeSqliteMemories(rival.directory);
  const sides = [new Filling(permafrost), new Filling(sqlite)] as const;
  const batched = count - ONE_BY_ONE;
  rates.push(await fill(sides, memories.slice(0, batched)));
  for (const memory of memories.slice(batched)) for (const side of sides) side.create([memory]);
  console.log(JSON.stringify(together(rates)));
  sqlite.indexAll();
  await sqlite.close();
  await permafrost.settled();
  linkTree(nodeFiles, subject.directory, killed);
  await permafrost.close();
  const material = { queries: corpus.queries(QUERIES, memories), fresh: corpus.memories(FRESH) };
  write(subject, { ...material, ids: sides[0].ids });
  write(rival, { ...material, ids: sides[1].ids });
}

/** Fills stores that are not kept. */
async function fillOthers(directory: string, memories: readonly NewMemory[]): Promise<Contest> {
  mkdirSync(directory);
  const engines = [await openPermafrost(directory), new NodeSqliteMemories(directory)] as const;
  const rates = await fill([new Filling(engines[0]), new Filling(engines[1])], memories);
  for (const engine of engines) await engine.close();
  rmSync(directory, { recursive: true });
  return rates;
}

/** By batches; gives how fast that was. */
async function fill(
  [subject, rival]: readonly [Filling, Filling],
  memories: readonly NewMemory[],
): Promise<Contest> {
  for (let from = 0; from < memories.length; from += BATCH) {
    const batch = memories.slice(from, from + BATCH);
    for (const side of [subject, rival]) side.create(batch);
    await setImmediate();
  }
  return { subject: [subject.rate], rival: [rival.rate] };
}

function together(rates: readonly Contest[]): Contest {
  return {
    subject: rates.flatMap(({ subject }) => subject),
    rival: rates.flatMap(({ rival }) => rival),
  };
}

function write({ material }: Contestant, content: Pick<Material, 'ids'> & object): void {
  writeFileSync(material, JSON.stringify(content));
}
