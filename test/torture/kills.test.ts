import * as assert from 'node:assert/strict';
import { temporaryDirectory } from '../core/store/openStore.ts';
import { kills, killMany } from './kills.ts';

describe('processes that are killed at a random moment', () => {
  it('leave every acknowledged write, whole, nothing half done and nothing behind', async function () {
    this.timeout(120_000);
    const { failures } = await kills.run(setting());
    assert.deepEqual(failures, []);
  });

  for (const [mutant, kind] of [
    ['loses commits', 'creating'],
    ['publishes halves', 'creating'],
    ['splits batches', 'creating a batch'],
  ] as const) {
    it(`are found out when a process ${mutant}`, async function () {
      this.timeout(60_000);
      const { failures } = await killMany(setting(), 25, [kind], mutant);
      assert.notDeepEqual(failures, []);
    });
  }
});

function setting() {
  return { scale: 'short', seed: 20_261_120, directory: temporaryDirectory() } as const;
}
