import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { FORMAT, sha256 } from '../../../src/core/log/frame.ts';
import { createContext, readIdentity } from '../../../src/core/log/identity.ts';
import { openStore, temporaryContext, temporaryDirectory } from '../store/openStore.ts';
import { add, names } from '../store/views.ts';
import { errno, interceptFiles } from './interceptFiles.ts';

const identity = { id: 'one', name: 'One', createdAt: '2026-11-20T12:00:00.000Z' };
const another = { id: 'two', name: 'Two', createdAt: '2026-11-20T12:00:01.000Z' };

describe('the identity of a context', () => {
  it('is undefined where no context was made, and what was given where one was', () => {
    const directory = path.join(temporaryDirectory(), 'deep', 'down');
    assert.equal(readIdentity(nodeFiles, directory), undefined);
    const withFolder = { ...identity, folder: 'file:///home/me/project' };
    assert.deepEqual(createContext(nodeFiles, directory, withFolder), withFolder);
    assert.deepEqual(readIdentity(nodeFiles, directory), withFolder);
  });

  it('is one for all, whoever was first, at whatever moment the other came', () => {
    let operations = 0;
    createContext(interceptFiles({ before: () => operations++ }), temporaryDirectory(), identity);
    for (let at = 0; at < operations; at++) {
      const directory = temporaryDirectory();
      let count = 0;
      const interleaved = interceptFiles({
        before: () => {
          if (count++ === at) createAndUse(directory);
        },
      });
      const got = createContext(interleaved, directory, identity);
      const store = openStore(directory);
      add(store, 'mine');
      assert.deepEqual(got, store.identity);
      assert.deepEqual([store.problems, names(store)], [[], ['mine', 'theirs']]);
    }
  });

  it('says PF-4003 when its file is damaged, and PF-4004 when it is newer', () => {
    const directory = temporaryContext();
    const file = path.join(directory, 'context.json');
    const start = `permafrost ${FORMAT + 1} `;
    fs.writeFileSync(file, `${start}${sha256(Buffer.from(start))}\n`);
    assert.throws(() => readIdentity(nodeFiles, directory), { code: 'PF-4004' });
    fs.truncateSync(file, 30);
    assert.throws(() => readIdentity(nodeFiles, directory), { code: 'PF-4003' });
    assert.throws(() => createContext(nodeFiles, directory, another), { code: 'PF-4003' });
  });

  it('says PF-4002 when the directory cannot be read or made', () => {
    const directory = temporaryContext();
    const refused = interceptFiles({
      before: () => {
        throw errno('EACCES');
      },
    });
    assert.throws(() => readIdentity(refused, directory), { code: 'PF-4002' });
    assert.throws(() => createContext(refused, temporaryDirectory(), identity), { code: 'PF-4002' });
    const file = path.join(temporaryDirectory(), 'file');
    fs.writeFileSync(file, '');
    assert.throws(() => createContext(nodeFiles, path.join(file, 'inside'), identity), { code: 'PF-4002' });
  });

  it('is not made anew over the commits of a context that lost its own', () => {
    const directory = temporaryContext();
    add(openStore(directory), 'kept');
    const file = path.join(directory, 'context.json');
    const bytes = fs.readFileSync(file);
    fs.rmSync(file);
    assert.throws(() => createContext(nodeFiles, directory, another), { code: 'PF-4003' });
    fs.writeFileSync(file, bytes);
    assert.deepEqual(names(openStore(directory)), ['kept']);
  });
});

function createAndUse(directory: string): void {
  createContext(nodeFiles, directory, another);
  const store = openStore(directory);
  add(store, 'theirs');
}
