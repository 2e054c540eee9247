import * as assert from 'node:assert/strict';
import type { Store } from '../../../src/core/store/store.ts';
import { race, runLines } from '../log/lines.ts';
import { checkpoint } from './checkpoints.ts';
import { openStore, temporaryContext } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

const WRITER = 'test/core/store/writer.ts';
const BATCH = 5;

describe('two processes on one context', () => {
  for (const [how, every] of [
    ['', '0'],
    [', both checkpointing', '40'],
  ] as const) {
    it(`make 300 writes each, on rows of their own and on one they share, and none is lost${how}`, async () => {
      const directory = temporaryContext();
      const idle = openStore(directory);
      const acknowledged = await race(
        WRITER,
        ['one', 'two'].map((name) => [directory, name, '300', every]),
      );
      assert.deepEqual(
        acknowledged.map((lines) => lines.length),
        [300, 300],
      );
      const fresh = openStore(directory);
      assert.deepEqual([counter(fresh), batches(fresh, 'one'), batches(fresh, 'two')], [600, 300, 300]);
      assert.deepEqual([fresh.problems, idle.problems], [[], []]);
      assert.equal(fingerprint(idle), fingerprint(fresh));
    });
  }

  it('show each other every acknowledged write at the next call', async () => {
    const directory = temporaryContext();
    const reader = openStore(directory);
    let late = 0;
    const writer = runLines(WRITER, [directory, 'other', '100', '30'], (line) => {
      if (line !== 'ready' && batches(reader, 'other') < Number(line)) late++;
    });
    writer.child.stdin?.write('go\n');
    assert.equal((await writer.done).length, 101);
    assert.equal(late, 0);
  });

  it('may both open a context that has no schema yet', async () => {
    for (let times = 0; times < 3; times++) {
      const directory = temporaryContext();
      await race(
        WRITER,
        ['one', 'two'].map((name) => [directory, name, '1']),
      );
      const store = openStore(directory);
      assert.deepEqual([store.position, store.problems, counter(store)], [3, [], 2]);
    }
  });
});

describe('a writer that is killed', () => {
  it('leaves every acknowledged write, whole, and nothing half done, at whatever moment it was', async () => {
    const directory = temporaryContext();
    const idle = openStore(directory);
    const random = seeded(20_261_120);
    for (let round = 0; round < 15; round++) {
      const name = `round ${round}`;
      const acknowledged = await writeAndKill(directory, name, 1 + random(40), random(3000));
      const fresh = openStore(directory);
      const there = batches(fresh, name);
      // One more may be there than was acknowledged: the kill came between the commit and its telling.
      assert.ok(there === acknowledged || there === acknowledged + 1, `${there} of ${acknowledged}`);
      assert.deepEqual([fresh.problems, idle.problems], [[], []]);
      assert.equal(fingerprint(idle), fingerprint(fresh));
      add(idle, `after ${name}`);
    }
    checkpoint(directory);
    assert.equal(names(openStore(directory)).filter((name) => name.startsWith('after')).length, 15);
  });
});

/** Runs a writer, and kills it some microseconds after it acknowledged `after` writes. @returns how many it did. */
async function writeAndKill(directory: string, name: string, after: number, delay: number): Promise<number> {
  const writer = runLines(WRITER, [directory, name, '100000', '7'], (line) => {
    if (Number(line) !== after) return;
    const until = process.hrtime.bigint() + BigInt(delay) * 1000n;
    while (process.hrtime.bigint() < until);
    writer.child.kill('SIGKILL');
  });
  writer.child.stdin?.write('go\n');
  return (await writer.done).length - 1;
}

/** How many batches of that writer are there; each must be whole. */
function batches(store: Store, name: string): number {
  const rows = store.read((view) =>
    view.all('SELECT type, count(*) AS n FROM relations WHERE from_id = ? GROUP BY type', [name]),
  );
  for (const { type, n } of rows) assert.equal(n, BATCH, `batch ${String(type)}`);
  return rows.length;
}

function counter(store: Store): unknown {
  return store.read((view) =>
    view.first(`SELECT created_at AS n FROM relations WHERE from_id = 'counter'`),
  )?.['n'];
}

/** Whole numbers from 0 to below `bound`, the same in every run. */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % bound;
  };
}
