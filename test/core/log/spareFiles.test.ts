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
    for (let before = [path.basename(open())]; ;) {
      assert.deepEqual(ready().toSorted(), before.toSorted());
      await setImmediate();
      const made = ready().filter((name) => !before.includes(name));
      assert.ok(made.every((name) => fs.statSync(path.join(directory, name)).size === 0));
      const taken = made.map(() => path.basename(open()));
      assert.deepEqual(taken.toSorted(), made.toSorted());
      before = [...before, ...taken];
      if (made.length === 16) break;
    }
  });

  it('become more with each turn in which one is asked for, or several, and never many', async () => {
    const { open, ready } = spares();
    const made: number[] = [];
    fs.unlinkSync(open());
    for (let turn = 0; turn < 7; turn++) {
      fs.unlinkSync(open());
      await setImmediate();
      made.push(ready().length);
    }
    assert.deepEqual(made, [1, 2, 4, 8, 16, 16, 16]);
  });

  it('are done without when another process swept them up', async () => {
    const { directory, open, ready } = spares();
    open();
    await setImmediate();
    for (const name of ready()) fs.unlinkSync(path.join(directory, name));
    const file = open();
    assert.deepEqual(ready(), [path.basename(file)]);
  });

  const MEANWHILE: Readonly<Record<string, (file: string) => void>> = {
    'was linked, as backups do': (file) => fs.linkSync(file, `${file}-backup`),
    'was written into': (file) => fs.writeFileSync(file, 'something'),
    'is so old that another process may be sweeping it up': (file) => fs.utimesSync(file, 0, 0),
    'is from a time to come, for the clock was set back': (file) => fs.utimesSync(file, 2 ** 32, 2 ** 32),
  };

  for (const [what, happen] of Object.entries(MEANWHILE)) {
    it(`are done without when one ${what}, and are fewer then`, async () => {
      const { directory, open, ready } = spares();
      const first = path.basename(open());
      await setImmediate();
      const others = ready().filter((name) => name !== first);
      assert.ok(others.length > 0);
      for (const name of others) happen(path.join(directory, name));
      assert.ok(!others.includes(path.basename(open())));
      assert.ok(others.every((name) => !fs.existsSync(path.join(directory, name))));
      const before = ready().length;
      await setImmediate();
      assert.equal(ready().length, before + 1);
    });
  }

  for (const when of ['before', 'while'] as const) {
    it(`that a backup links ${when} a commit is made lose none to another process that is first`, async () => {
      let meanwhile = (): void => {};
      const files = interceptFiles({
        before: (operation) => {
          if (operation === 'linkSync') meanwhile();
        },
      });
      const here = openMemories(undefined, { files });
      const there = openMemories(here.store.directory);
      const create = ({ memories }: typeof here, title: string) => memories.create([{ title, content: '' }]);
      const temporary = path.join(here.store.directory, 'tmp');
      const backUp = (): void => {
        const [backup, names] = [temporaryDirectory(), fs.readdirSync(temporary)];
        assert.ok(names.length > 0);
        for (const name of names) fs.linkSync(path.join(temporary, name), path.join(backup, name));
      };
      create(here, 'first');
      await setImmediate();
      if (when === 'before') backUp();
      meanwhile = () => {
        meanwhile = () => {};
        if (when === 'while') backUp();
        create(there, 'theirs');
      };
      create(here, 'ours');
      const titles = openMemories(here.store.directory)
        .memories.list({ limit: 10 })
        .memories.map(({ title }) => title);
      assert.deepEqual(titles.toSorted(), ['first', 'ours', 'theirs']);
    });
  }

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
      before: (operation, _file, flags) => {
        if (isFull && operation === 'openSync' && flags === 'wx') throw errno('ENOSPC');
      },
    });
    const { open } = spares(files);
    open();
    await setImmediate();
    isFull = true;
    open();
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
