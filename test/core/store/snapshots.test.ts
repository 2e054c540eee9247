import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { temporaryName } from '../../../src/core/log/temporaryName.ts';
import { SnapshotMakers } from '../../../src/core/store/snapshotMakers.ts';
import { makeSnapshotsAlone } from '../../../src/core/store/snapshots.ts';
import { errno, interceptFiles } from '../log/interceptFiles.ts';
import { openMemories } from '../memory/openMemories.ts';
import { checkpoint, seal } from './checkpoints.ts';
import { engine } from './engine.ts';
import { openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { add, fingerprint } from './views.ts';

const script = path.resolve('test/core/store/snapshotMaker.ts');

describe('making snapshots', () => {
  it('lets large content go that nothing refers to any longer, and keeps what a version or a window may', () => {
    const { store, memories } = openMemories();
    const { directory } = store;
    const [gone = '', kept = ''] = memories
      .create([
        { title: 'gone', content: 'x'.repeat(20_000) },
        { title: 'kept', content: 'y'.repeat(20_000) },
      ])
      .created.map(({ id }) => id);
    memories.update(kept, { content: 'z'.repeat(20_000) });
    memories.deleteForGood([gone]);
    const blobs = () =>
      fs
        .readdirSync(path.join(directory, 'blobs'), { recursive: true, withFileTypes: true })
        .filter((at) => at.isFile());
    assert.equal(blobs().length, 3);
    for (const name of 'ab') {
      checkpoint(directory);
      add(store, name);
    }
    assert.equal(blobs().length, 2);
    assert.equal(memories.restoreVersion(kept, 1).version, 3);
    assert.equal(memories.read([kept]).memories[0]?.content, 'y'.repeat(20_000));
  });
});

describe('making snapshots alone', () => {
  const claim = (directory: string): string => path.join(directory, 'tmp/snapshots-are-made');

  function behindASeal(): string {
    const directory = temporaryContext();
    add(openStore(directory), 'a');
    seal(directory);
    return directory;
  }

  it('leaves them to a process that is at it, and takes over from one that has ended', () => {
    const directory = behindASeal();
    fs.writeFileSync(claim(directory), temporaryName());
    makeSnapshotsAlone(directory, engine);
    assert.equal(epochs(directory).length, 2);
    const { pid } = spawnSync(process.execPath, ['--version']);
    fs.writeFileSync(claim(directory), temporaryName().replace(`-${process.pid}-`, `-${pid}-`));
    makeSnapshotsAlone(directory, engine);
    assert.equal(epochs(directory).length, 1);
    assert.ok(!fs.existsSync(claim(directory)));
  });

  it('takes over a claim of long ago, of whatever machine, or of a clock that was ahead', () => {
    for (const seconds of [-700, 700]) {
      const directory = behindASeal();
      fs.writeFileSync(claim(directory), temporaryName());
      const then = Date.now() / 1_000 + seconds;
      fs.utimesSync(claim(directory), then, then);
      makeSnapshotsAlone(directory, engine);
      assert.equal(epochs(directory).length, 1, `${seconds} s`);
    }
  });

  it('leaves the claim of one that took over from it', () => {
    const directory = behindASeal();
    const other = temporaryName();
    const files = interceptFiles({
      before: (operation, _from, to) => {
        if (operation === 'renameSync' && String(to).endsWith('snapshot.json'))
          fs.writeFileSync(claim(directory), other);
      },
    });
    makeSnapshotsAlone(directory, engine, files);
    assert.equal(fs.readFileSync(claim(directory), 'utf8'), other);
  });

  it('makes nothing where no context is', () => {
    const directory = behindASeal();
    fs.rmSync(directory, { recursive: true });
    assert.throws(() => makeSnapshotsAlone(directory, engine), { code: 'PF-4008' });
    assert.ok(!fs.existsSync(directory));
  });

  it('makes also the one that was left to it when it was all but done', () => {
    const directory = behindASeal();
    let meanwhile = (): void => {
      meanwhile = () => {};
      add(openStore(directory), 'b');
      seal(directory);
      makeSnapshotsAlone(directory, engine);
      assert.equal(epochs(directory).length, 2);
    };
    const files = interceptFiles({
      before: (operation, file) => {
        if (operation === 'unlinkSync' && file === claim(directory)) meanwhile();
      },
    });
    makeSnapshotsAlone(directory, engine, files);
    assert.equal(epochs(directory).length, 1);
  });

  it('is not kept from it, nor at it for ever, by a wish that cannot be removed', () => {
    const directory = behindASeal();
    const wish = path.join(directory, 'tmp/snapshots-are-wanted');
    fs.mkdirSync(wish);
    makeSnapshotsAlone(directory, engine);
    assert.equal(epochs(directory).length, 1);
  });

  it('makes them also where it can claim nothing', () => {
    const directory = behindASeal();
    const files = interceptFiles({
      before: (operation, _from, to) => {
        if (operation === 'linkSync' && to === claim(directory)) throw errno('ENOSPC');
      },
    });
    makeSnapshotsAlone(directory, engine, files);
    assert.equal(epochs(directory).length, 1);
  });
});

describe('snapshot makers', () => {
  let makers: SnapshotMakers;
  let failures: unknown[];

  beforeEach(() => {
    failures = [];
    makers = new SnapshotMakers(script, (cause) => failures.push(cause));
  });
  afterEach(() => makers.settled());

  it('make the snapshot that a store found missing when it was opened, beside its writes', async () => {
    const directory = temporaryContext();
    add(openStore(directory), 'a');
    seal(directory);
    const store = openStore(directory, { requestSnapshot: makers.request });
    for (let at = 0; at < 2 || epochs(directory).length > 1; at++) {
      if (at < 50) add(store, String(at));
      await turn();
    }
    assert.deepEqual(failures, []);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('make also one that was asked for while they were at work, too late for them to see it', async () => {
    const directory = temporaryContext();
    const lingering = new SnapshotMakers(path.resolve('test/core/store/lingeringMaker.ts'), (cause) =>
      failures.push(cause),
    );
    const store = openStore(directory);
    for (const name of 'ab') {
      add(store, name);
      seal(directory);
      lingering.request(directory);
      // It has looked, and is still there.
      if (name === 'a') await oneEpoch(directory);
    }
    fs.writeFileSync(path.join(directory, 'may-end'), '');
    await oneEpoch(directory);
    await lingering.settled();
    assert.deepEqual(failures, []);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('tell of a snapshot that could not be made', async () => {
    makers.request(temporaryDirectory());
    while (failures.length === 0) await turn();
    assert.match(String(failures[0]), /is gone/);
  });
});

async function oneEpoch(directory: string): Promise<void> {
  while (epochs(directory).length > 1) await turn();
}

function epochs(directory: string): string[] {
  return fs.readdirSync(path.join(directory, 'epochs'));
}
