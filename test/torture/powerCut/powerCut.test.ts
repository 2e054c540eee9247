import * as assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import type { FileOps } from '../../../src/core/log/files.ts';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import type { Mutation } from '../harness.ts';
import { cutPower } from './powerCut.ts';

const MUTANTS: Readonly<Record<string, Mutation>> = {
  'no file is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'directory') }),
  'no directory is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'file') }),
  'a name is taken by rename, which replaces, and not by link': (files) => ({
    ...files,
    linkSync: files.renameSync,
  }),
};

describe('cutting the power finds out', function () {
  this.timeout(60_000);

  for (const [mutant, mutate] of Object.entries(MUTANTS)) {
    it(`when ${mutant}`, () => {
      const setting = { scale: 'short', seed: 4, directory: temporaryDirectory() } as const;
      assert.notDeepEqual(cutPower(setting, mutate).failures, []);
    });
  }
});

function sync(files: FileOps, handle: number, what: 'file' | 'directory'): void {
  if (fstatSync(handle).isDirectory() === (what === 'directory')) files.fsyncSync(handle);
}
