import * as fs from 'node:fs';
import * as path from 'node:path';
import { idFactory } from '../../../src/core/ids.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { number } from '../../../src/core/store/row.ts';
import type { Store } from '../../../src/core/store/store.ts';
import type { Harness, Outcome, Setting } from '../harness.ts';
import { strays } from '../kills/strays.ts';
import { newContext, openHere } from '../processes/context.ts';
import { Random } from '../random.ts';

const WRITES = { short: 3_000, long: 100_000 } as const;

/** Of the bytes of the database and the blobs. */
const MOST_TIMES = 2;

export const growth: Harness = {
  name: 'growth',
  promise: 'However much was written, the directory has at most twice the bytes of its database and blobs.',
  run: (setting) => Promise.resolve(grow(setting)),
};

function grow({ seed, scale, directory: parent }: Setting): Outcome {
  const directory = newContext(parent, 'grown');
  const store = openHere(directory);
  const memories = new Memories(store, { now: Date.now, newId: idFactory() });
  const random = new Random(seed);
  const ids: string[] = [];
  for (let at = 0; at < WRITES[scale]; at++) write(memories, ids, random);
  const [held, there] = [heldBy(store), sizeOf(directory)];
  store.close();
  const tried = `${WRITES[scale]} writes, ${(there / held).toFixed(2)} times ${held} bytes`;
  return { tried, failures: [...(there <= MOST_TIMES * held ? [] : [tried]), ...strays(directory)] };
}

function write(memories: Memories, ids: string[], random: Random): void {
  const content = prose(random, 20 + random.below(250));
  const [one] = ids;
  if (one === undefined || random.chance(0.6)) {
    ids.push(...memories.create([{ title: prose(random, 3), content }]).created.map(({ id }) => id));
  } else if (random.chance(0.8)) memories.update(random.pick(ids), { content });
  else memories.deleteForGood(ids.splice(random.below(ids.length), 1));
}

/** Compresses about as well as English: words by Zipf's law from a few thousand. */
function prose(random: Random, words: number): string {
  const word = (): string => Math.floor(5000 ** random.fraction() * 7919).toString(36);
  return Array.from({ length: words }, word).join(' ');
}

function heldBy(store: Store): number {
  const pages = store.read((view) =>
    view.first('SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size'),
  );
  return (pages === undefined ? 0 : number(pages, 'size')) + sizeOf(path.join(store.directory, 'blobs'));
}

function sizeOf(directory: string): number {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
}
