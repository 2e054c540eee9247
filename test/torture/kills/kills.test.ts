import * as assert from 'node:assert/strict';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import { killMany } from './kills.ts';

describe('processes that are killed at a random moment', () => {
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
