// node fillBoth.ts SCALE OURS THEIRS KILLED
//
// Stores SCALE memories on both sides in turns, the last ones one by one as they come in use, writes down what can be
// done with them, and prints the memories a second of the batches of either side. The directory KILLED becomes what ours
// would be had its process been killed in the end.

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
const WARM_UP_BATCHES = 10;
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
  await warmUp(memories.slice(0, BATCH), path.join(path.dirname(subject.directory), 'warm-up'));
  const permafrost = await openPermafrost(subject.directory);
  const sqlite = new NodeSqliteMemories(rival.directory);
  const sides = [new Filling(permafrost), new Filling(sqlite)] as const;
  console.log(JSON.stringify(await fill(sides, memories)));
  sqlite.indexAll();
  await sqlite.close();
  await permafrost.settled();
  linkTree(nodeFiles, subject.directory, killed);
  await permafrost.close();
  const material = { queries: corpus.queries(QUERIES, memories), fresh: corpus.memories(FRESH) };
  write(subject, { ...material, ids: sides[0].ids });
  write(rival, { ...material, ids: sides[1].ids });
}

/** Until V8 has compiled what a batch takes, one takes several times as long; a server that runs is past that. */
async function warmUp(batch: readonly NewMemory[], directory: string): Promise<void> {
  mkdirSync(directory);
  const engines = [await openPermafrost(directory), new NodeSqliteMemories(directory)];
  for (const engine of engines) {
    for (let batches = 0; batches < WARM_UP_BATCHES; batches++) engine.create(batch);
    await engine.close();
  }
  rmSync(directory, { recursive: true });
}

async function fill(
  [subject, rival]: readonly [Filling, Filling],
  memories: readonly NewMemory[],
): Promise<Contest> {
  const batched = memories.length - ONE_BY_ONE;
  for (let from = 0; from < batched; from += BATCH) {
    const batch = memories.slice(from, Math.min(batched, from + BATCH));
    for (const side of [subject, rival]) side.create(batch);
    await setImmediate();
  }
  const rates = { subject: [subject.rate], rival: [rival.rate] };
  for (const memory of memories.slice(batched)) {
    for (const side of [subject, rival]) side.create([memory]);
  }
  return rates;
}

function write({ material }: Contestant, content: Pick<Material, 'ids'> & object): void {
  writeFileSync(material, JSON.stringify(content));
}
