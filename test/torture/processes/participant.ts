// A process that does what it is told on its standard input, and says so on its standard output at once.
//   participant.ts [MUTANT]
import { flushCompileCache } from 'node:module';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { errnoOf, hasCode, PermafrostError } from '../../../src/core/errors.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { Store } from '../../../src/core/store/store.ts';
import { NthCall } from '../../core/log/interceptFiles.ts';
import { seal } from '../../core/store/checkpoints.ts';
import { engine } from '../../core/store/engine.ts';
import { migrationsTo } from '../../core/store/furtherMigrations.ts';
import { filesOf, SPLITS_BATCHES } from './mutants.ts';
import { Order, Tally, type Answer } from './order.ts';
import { sumUp } from './sumUp.ts';

const [mutant = ''] = process.argv.slice(2);
let counted: string | undefined;
const calls = new NthCall('before', (operation) => (counted ?? operation) === operation, filesOf(mutant));
const { files } = calls;
const ids: string[] = [];
const newId = (): string => ids.shift() ?? '';

let store: Store;
let snapshot: (directory: string) => void;
let memories: Memories;
let search: MemorySearch;

// What was compiled is kept for the next one: this one will hardly ever end by itself.
flushCompileCache();
say({ done: 'ready' });
createInterface({ input: process.stdin }).on('line', (line) => say(answerTo(Order.parse(JSON.parse(line)))));

function say(answer: Answer): void {
  writeSync(1, `${JSON.stringify(answer)}\n`);
}

function answerTo(order: Order): Answer {
  try {
    return { done: carryOut(order) ?? '' };
  } catch (cause) {
    if (cause instanceof PermafrostError) return { failed: cause.sentence };
    if (errnoOf(cause) !== undefined) return { failed: String(cause) };
    throw cause;
  }
}

function carryOut(order: Order): string | void {
  switch (order.do) {
    case 'open':
      return open(order.directory, order.schema);
    case 'create':
      ids.push(...order.memories.map(({ id }) => id));
      if (mutant === SPLITS_BATCHES) order.memories.forEach((memory) => memories.create([memory]));
      else memories.create(order.memories);
      return;
    case 'update':
      memories.update(order.id, { content: order.content });
      return;
    case 'archive':
      memories.archive(order.ids);
      return;
    case 'delete':
      memories.deleteForGood(order.ids);
      return;
    case 'seal':
      return seal(store.directory, files);
    case 'snapshot':
      snapshot(store.directory);
      return;
    case 'count':
      return count(order);
    case 'read':
      return contentOf(order.id);
    case 'sum up':
      return sumUp(store, search);
    case 'signal itself':
      counted = order.only;
      return calls.set(order.at, () => process.kill(process.pid, order.signal));
  }
}

function open(directory: string, schema: number): void {
  snapshot = (of) => makeSnapshots(of, engine, files, undefined, schema);
  const migrations = migrationsTo(schema);
  store = Store.open(directory, { engine, now: Date.now, requestSnapshot: snapshot, files, migrations });
  memories = new Memories(store, { now: Date.now, newId });
  search = new MemorySearch(store);
}

function contentOf(id: string): string {
  return memories.read([id]).memories[0]?.content ?? '';
}

/** @returns how often another process came in between */
function count({ id, by, times }: Extract<Order, { do: 'count' }>): string {
  let conflicts = 0;
  for (let time = 1; time <= times; time++) {
    while (!tryCount(id, by, time)) conflicts++;
    if (time < times) say({ done: '' });
  }
  return String(conflicts);
}

/** @returns false when another process changed the memory meanwhile */
function tryCount(id: string, by: string, time: number): boolean {
  const [memory] = memories.read([id]).memories;
  if (memory === undefined) throw new Error(`there is no memory ${id}`);
  const tally: Tally = { total: Tally.parse(JSON.parse(memory.content)).total + 1, by, time };
  try {
    memories.update(id, { content: JSON.stringify(tally) }, memory.version);
    return true;
  } catch (cause) {
    if (hasCode(cause, 'PF-3001')) return false;
    throw cause;
  }
}
