import * as assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { damageEverything } from './damage/damage.ts';
import { failEverything } from './faults/faults.ts';
import type { Setting } from './harness.ts';
import { HARNESSES } from './harnesses.ts';
import { CARELESS, MUTANTS, UNCHECKED } from './mutants.ts';
import { cutPower } from './powerCut/powerCut.ts';

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

describe('a harness finds what is lost', function () {
  this.timeout(300_000);

  for (const [mutant, mutate] of Object.entries(MUTANTS)) {
    it(`when ${mutant} (power cuts)`, () => {
      assert.notDeepEqual(cutPower(setting(), mutate).failures, []);
    });
  }

  it('when a commit that could not be made is taken for made (faults)', () => {
    assert.notDeepEqual(failEverything(setting(), CARELESS).failures, []);
  });

  it('when no checksum is checked (damage)', () => {
    assert.notDeepEqual(damageEverything(setting(), UNCHECKED).failures, []);
  });
});

const home = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const directories: string[] = [];

afterEach(() => directories.splice(0).forEach((directory) => rmSync(directory, { recursive: true })));

function setting(): Setting {
  const directory = mkdtempSync(path.join(home, 'permafrost-torture-'));
  directories.push(directory);
  return { seed: SEED, scale: 'short', directory };
}
