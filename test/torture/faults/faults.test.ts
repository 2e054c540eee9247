import * as assert from 'node:assert/strict';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import type { Mutation } from '../harness.ts';
import { failEverything } from './faults.ts';

const careless: Mutation = (files) => ({
  ...files,
  linkSync: (from, to) => {
    try {
      files.linkSync(from, to);
    } catch {
      // As code would that forgets to look.
    }
  },
});

describe('failing file operations', function () {
  this.timeout(60_000);

  it('find out when a commit that could not be made is taken for made', () => {
    const setting = { scale: 'short', seed: 4, directory: temporaryDirectory() } as const;
    assert.notDeepEqual(failEverything(setting, careless).failures, []);
  });
});
