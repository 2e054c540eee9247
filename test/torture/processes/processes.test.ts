import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import { newContext, openHere, SCHEMA } from './context.ts';
import { Pool } from './pool.ts';
import { writeAtOnce } from './processes.ts';
import { readAfterWrites } from './reads.ts';

describe('processes that open a new context at once', () => {
  it('make its schema once', async function () {
    this.timeout(60_000);
    const { directory: parent } = setting();
    const pool = new Pool(path.join(parent, 'compiled'));
    try {
      for (let times = 0; times < 5; times++) {
        const directory = newContext(parent, `new-${times}`);
        const pair = [await pool.take(), await pool.take()];
        await Promise.all(pair.map((child) => child.ask({ do: 'open', directory, schema: SCHEMA })));
        const store = openHere(directory);
        assert.deepEqual([store.position, store.problems], [1, []]); // all steps in one commit
        store.close();
      }
    } finally {
      await pool.end();
    }
  });
});

describe('what processes do to each other is found out', function () {
  this.timeout(60_000);

  it('when of two that are the first with a commit, both are', async () => {
    const plan = { processes: 2, writes: 400, kills: 0, stops: 0, stoppedMs: 0 };
    // On a machine that has much else to do, two processes may take turns from the first write to the last.
    for (let times = 0; times < 5; times++) {
      const { failures } = await writeAtOnce(setting(), plan, 'replaces what is there');
      if (failures.length > 0) return;
    }
    assert.fail('nothing was found out');
  });

  it('when one that was stopped goes on in the past', async () => {
    const plan = { processes: 2, writes: 400, kills: 0, stops: 1, stoppedMs: 0 };
    const { failures } = await writeAtOnce(setting(), plan, 'makes epochs again');
    assert.notDeepEqual(failures, []);
  });

  it('when one looks away from what another one wrote', async () => {
    const { failures } = await readAfterWrites(setting(), 100, 'looks away');
    assert.notDeepEqual(failures, []);
  });
});

function setting() {
  return { scale: 'short', seed: 20_261_120, directory: temporaryDirectory() } as const;
}
