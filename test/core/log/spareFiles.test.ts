import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { nodeFiles, type FileOps } from '../../../src/core/log/files.ts';
import { SpareFiles } from '../../../src/core/log/spareFiles.ts';
import { openMemories } from '../memory/openMemories.ts';
import { temporaryDirectory } from '../store/openStore.ts';
import { errno, interceptFiles } from './interceptFiles.ts';

function spares(files: FileOps = nodeFiles) {
  const directory = temporaryDirectory();
  const made = new SpareFiles(files, directory);
  const open = (): string => {
    const { file, handle } = made.open();
    fs.closeSync(handle);
    return file;
  };
  return { directory, open, remove: () => made.remove(), ready: () => fs.readdirSync(directory) };
}

describe('spare files', () => {
  it('are made when the one that was asked for is done with, and are what the next ones are', async () => {
    const { directory, open, ready } = spares();
    const first = path.basename(open());
    assert.deepEqual(ready(), [first]);
    await setImmediate();
    const made = ready().filter((name) => name !== first);
    assert.ok(made.length > 1);
    const taken = made.map(() => path.basename(open()));
    assert.deepEqual(taken.toSorted(), made.toSorted());
    assert.ok(made.every((name) => fs.statSync(path.join(directory, name)).size === 0));
    assert.ok(!made.includes(path.basename(open())));
  });

  it('are done without when another process swept them up', async () => {
    const { directory, open, ready } = spares();
    open();
    await setImmediate();
    for (const name of ready()) fs.unlinkSync(path.join(directory, name));
    const file = open();
    assert.deepEqual(ready(), [path.basename(file)]);
  });

  it('are gone when they are removed, those too that were still to be made', async () => {
    const { directory, open, remove, ready } = spares();
    for (const turns of [1, 0]) {
      fs.unlinkSync(open());
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      remove();
      await setImmediate();
      assert.deepEqual(ready(), [], directory);
    }
  });

  it('fail nobody who has one, and say why there is none to who needs one', async () => {
    let isFull = false;
    const files = interceptFiles({
      before: (operation) => {
        if (isFull && operation === 'openSync') throw errno('ENOSPC');
      },
    });
    const { open } = spares(files);
    open();
    isFull = true;
    await setImmediate();
    assert.throws(open, { code: 'PF-4005' });
    isFull = false;
    open();
  });

  it('are what commits are written into, and are gone with the store', async () => {
    const { memories, store } = openMemories();
    const temporary = path.join(store.directory, 'tmp');
    memories.create([{ title: 'first', content: '' }]);
    await setImmediate();
    const before = fs.readdirSync(temporary);
    memories.create([{ title: 'second', content: '' }]);
    assert.equal(fs.readdirSync(temporary).length, before.length - 1);
    store.close();
    assert.deepEqual(fs.readdirSync(temporary), []);
    await setImmediate();
    assert.deepEqual(fs.readdirSync(temporary), []);
  });
});
