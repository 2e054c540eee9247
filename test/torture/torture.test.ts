import * as assert from 'node:assert/strict';
import { temporaryDirectory } from '../core/store/openStore.ts';
import type { Setting } from './harness.ts';
import { HARNESSES } from './harnesses.ts';

const SEED = 4;

describe('what docs/durability.md promises', function () {
  this.timeout(300_000);

  for (const harness of HARNESSES) {
    it(harness.promise, async () => {
      const { failures } = await harness.run(setting());
      assert.equal(failures.join('\n'), '');
    });
  }
});

function setting(): Setting {
  return { seed: SEED, scale: 'short', directory: temporaryDirectory() };
}
