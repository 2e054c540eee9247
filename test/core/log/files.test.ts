import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  createExclusive,
  makeDirectory,
  nodeFiles,
  replaceFile,
  sweepTemporary,
} from '../../../src/core/log/files.ts';
import { temporaryName } from '../../../src/core/log/temporaryName.ts';
import { temporaryDirectory } from '../store/openStore.ts';
import { errno, interceptFiles, type FileOperation } from './interceptFiles.ts';
import { race } from './lines.ts';

const bytes = Buffer.from('content');

/** A directory with a place for temporary files in it. */
function place(): { directory: string; temporary: string; target: string } {
  const directory = temporaryDirectory();
  const temporary = path.join(directory, 'tmp');
  fs.mkdirSync(temporary);
  return { directory, temporary, target: path.join(directory, 'target') };
}

describe('exclusive creation', () => {
  it('has exactly one winner for each name among many processes, and leaves nothing else', async () => {
    const { directory, temporary } = place();
    const won = await race(
      'test/core/log/creator.ts',
      ['a', 'b', 'c', 'd'].map((name) => [directory, name, '60']),
    );
    assert.deepEqual(
      won
        .flat()
        .map(Number)
        .toSorted((a, b) => a - b),
      Array.from({ length: 60 }, (_, at) => at),
    );
    won.forEach((numbers, index) => {
      const content = 'abcd'.charAt(index).repeat(1000);
      for (const name of numbers) assert.equal(fs.readFileSync(path.join(directory, name), 'utf8'), content);
    });
    assert.deepEqual(fs.readdirSync(temporary), []);
  });

  it('has the content on disk before the name', () => {
    const { temporary, target } = place();
    const order: string[] = [];
    const opened = new Map<unknown, unknown>();
    const files = interceptFiles({
      after: (operation, first, _second, result) => {
        if (operation === 'openSync') opened.set(result, first);
        const name = typeof first === 'number' ? opened.get(first) : first;
        order.push(
          `${operation} ${String(name).startsWith(temporary + path.sep) ? 'temporary' : String(name)}`,
        );
      },
    });
    assert.equal(createExclusive(files, temporary, target, bytes), true);
    assert.deepEqual(order, [
      'openSync temporary',
      'writeSync temporary',
      'fsyncSync temporary',
      'closeSync temporary',
      'linkSync temporary',
      'unlinkSync temporary',
    ]);
  });

  it('writes all bytes although each call takes only some of them', () => {
    const { temporary, target } = place();
    const writeSync = (handle: number, data: Uint8Array, at: number) => fs.writeSync(handle, data, at, 1);
    assert.equal(
      createExclusive(Object.assign({ ...nodeFiles }, { writeSync }), temporary, target, bytes),
      true,
    );
    assert.deepEqual(fs.readFileSync(target), bytes);
  });

  it('gives false, and changes nothing, when the name is taken or its directory is gone', () => {
    const { directory, temporary, target } = place();
    fs.writeFileSync(target, 'first');
    assert.equal(createExclusive(nodeFiles, temporary, target, bytes), false);
    assert.equal(fs.readFileSync(target, 'utf8'), 'first');
    assert.equal(createExclusive(nodeFiles, temporary, path.join(directory, 'gone', 'x'), bytes), false);
    assert.deepEqual(fs.readdirSync(temporary), []);
  });

  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']) {
    it(`says PF-4006 when the file system has no hard links (${code})`, () => {
      const { temporary, target } = place();
      assert.throws(() => createExclusive(failing('linkSync', code), temporary, target, bytes), {
        code: 'PF-4006',
      });
      assert.deepEqual([fs.existsSync(target), fs.readdirSync(temporary)], [false, []]);
    });
  }

  for (const operation of ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'linkSync'] as const) {
    for (const code of ['ENOSPC', 'EIO', 'EACCES', 'EROFS']) {
      it(`says PF-4005 and leaves nothing when ${operation} fails with ${code}`, () => {
        const { temporary, target } = place();
        assert.throws(() => createExclusive(failing(operation, code), temporary, target, bytes), {
          code: 'PF-4005',
        });
        assert.deepEqual([fs.existsSync(target), fs.readdirSync(temporary)], [false, []]);
      });
    }
  }

  for (const code of ['EEXIST', 'EIO', 'ENOENT']) {
    it(`knows that it made the name although a network file system answered ${code}`, () => {
      const { temporary, target } = place();
      const files = interceptFiles({
        after: (operation) => {
          if (operation === 'linkSync') throw errno(code);
        },
      });
      assert.equal(createExclusive(files, temporary, target, bytes), true);
      assert.deepEqual(fs.readFileSync(target), bytes);
    });
  }

  it('makes the directory for temporary files again when a copy of the context left it behind', () => {
    const { temporary, target } = place();
    fs.rmdirSync(temporary);
    assert.equal(createExclusive(nodeFiles, temporary, target, bytes), true);
  });
});

describe('replacing a file', () => {
  it('leaves the old content, and no temporary file, when it fails', () => {
    const { temporary, target } = place();
    replaceFile(nodeFiles, temporary, target, Buffer.from('old'));
    assert.throws(() => replaceFile(failing('renameSync', 'ENOSPC'), temporary, target, bytes), {
      code: 'PF-4005',
    });
    assert.deepEqual([fs.readFileSync(target, 'utf8'), fs.readdirSync(temporary)], ['old', []]);
    replaceFile(nodeFiles, temporary, target, bytes);
    assert.deepEqual(fs.readFileSync(target), bytes);
  });
});

describe('making a directory', () => {
  it('syncs the parent of each name that was new, and of no other', () => {
    const directory = temporaryDirectory();
    const opened: unknown[] = [];
    const files = interceptFiles({
      before: (operation, first) => {
        if (operation === 'openSync') opened.push(first);
      },
    });
    makeDirectory(files, path.join(directory, 'a', 'b', 'c'));
    assert.deepEqual(opened, [directory, path.join(directory, 'a'), path.join(directory, 'a', 'b')]);
    makeDirectory(files, path.join(directory, 'a', 'b', 'c'));
    assert.equal(opened.length, 3);
  });
});

describe('the sweep of temporary files', () => {
  it('takes those of processes that have ended, and leaves those of others and of other machines', () => {
    const { temporary } = place();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const [mine, another] = [temporaryName(), temporaryName()];
    const theirs = another.replace(`-${process.pid}-`, `-${pid}-`);
    const elsewhere = theirs.replace(/^\w+/, '00000000');
    for (const name of [mine, theirs, elsewhere]) fs.writeFileSync(path.join(temporary, name), '');
    sweepTemporary(nodeFiles, temporary, Date.now());
    const linux = process.platform === 'linux';
    assert.deepEqual(
      fs.readdirSync(temporary).toSorted(),
      [mine, elsewhere, ...(linux ? [] : [theirs])].toSorted(),
    );
  });

  it('takes those that are older than an hour, and only those', () => {
    const { temporary } = place();
    fs.writeFileSync(path.join(temporary, 'young'), '');
    fs.mkdirSync(path.join(temporary, 'old'));
    const now = Date.now();
    fs.utimesSync(path.join(temporary, 'old'), new Date(now - 3_700_000), new Date(now - 3_700_000));
    fs.utimesSync(path.join(temporary, 'young'), new Date(now - 3_500_000), new Date(now - 3_500_000));
    sweepTemporary(nodeFiles, temporary, now);
    assert.deepEqual(fs.readdirSync(temporary), ['young']);
  });
});

function failing(operation: FileOperation, code: string) {
  return interceptFiles({
    before: (called) => {
      if (called === operation) throw errno(code);
    },
  });
}
