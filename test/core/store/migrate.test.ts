import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { collectBlobs } from '../../../src/core/log/collectBlobs.ts';
import { ContextPaths } from '../../../src/core/log/epochs.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { sha256 } from '../../../src/core/log/frame.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { Mortal } from '../../torture/mortal.ts';
import { errno, interceptFiles, NthCall } from '../log/interceptFiles.ts';
import { checkpoint } from './checkpoints.ts';
import { migrationsTo } from './furtherMigrations.ts';
import { openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

const OLD = migrations.length;
const NEW = OLD + 2;
const toNewer = { migrations: migrationsTo(NEW + 1) };
const toNew = { migrations: migrationsTo(NEW) };
const failing = { migrations: [...migrationsTo(NEW - 1), ['UPDATE no_such_table SET x = 1']] };

describe('a migration', () => {
  it('takes one commit a step, and every other process takes the same steps', () => {
    const directory = oldContext();
    const before = openStore(directory).position;
    const one = openStore(directory, toNew);
    const two = openStore(directory, toNew);
    assert.deepEqual([one.position - before, two.position - before], [2, 2]);
    assert.equal(version(two), NEW);
    assert.equal(fingerprint(two), fingerprint(one));
    assert.deepEqual(added(two), [1 + NEW, 20_000 + NEW]);
  });

  it('leaves an older Permafrost reading what it has, and refusing to write', () => {
    const old = openStore(oldContext());
    openStore(old.directory, toNew);
    assert.deepEqual(names(old), ['a', 'b']);
    assert.throws(() => add(old, 'c'), { code: 'PF-4004' });
  });

  it('keeps what was there as a whole context, which later checkpoints and deletions leave alone', () => {
    const directory = oldContext();
    const before = contentsOf(openStore(directory));
    const store = openStore(directory, toNew);
    assert.equal(contentsOf(openStore(rollbackPoint(directory))), before);
    // Only what it is read from: the snapshot, and what came after it.
    assert.equal(fs.readdirSync(path.join(rollbackPoint(directory), 'epochs')).length, 1);
    new Memories(store, { now: Date.now, newId: () => '' }).deleteForGood(['large']);
    for (const name of 'cd') {
      add(store, name);
      checkpoint(directory);
    }
    const back = openStore(rollbackPoint(directory));
    assert.equal(contentsOf(back), before);
    assert.deepEqual(back.problems, []);
  });

  it('can be taken back as docs/architecture.md says, and the older Permafrost writes on', () => {
    const directory = oldContext();
    const before = contentsOf(openStore(directory));
    add(openStore(directory, toNew), 'c');
    checkpoint(directory);
    const out = temporaryDirectory();
    for (const name of ['epochs', 'previous', 'blobs', 'rollback']) {
      fs.renameSync(path.join(directory, name), path.join(out, name));
    }
    for (const name of ['epochs', 'blobs']) {
      fs.renameSync(path.join(rollbackPoint(out), name), path.join(directory, name));
    }
    const old = openStore(directory);
    assert.equal(contentsOf(old), before);
    add(old, 'd');
    checkpoint(directory);
    assert.deepEqual(names(openStore(directory)), ['a', 'b', 'd']);
  });

  it('keeps the way back from the newest migration only', () => {
    const directory = oldContext();
    add(openStore(directory, toNew), 'c');
    openStore(directory, toNewer);
    assert.equal(fs.readdirSync(path.join(directory, 'rollback')).length, 1);
    assert.match(rollbackPoint(directory), new RegExp(`-schema-${NEW}-to-${NEW + 1}$`));
    assert.deepEqual(names(openStore(rollbackPoint(directory), toNew)), ['a', 'b', 'c']);
  });

  it('that would fail at a later step is not begun: all is as it was, to the byte, and can be read', () => {
    const directory = oldContext();
    const before = bytesOf(directory);
    const store = openStore(directory, failing);
    assert.deepEqual(names(store), ['a', 'b']);
    for (let times = 0; times < 2; times++)
      assert.throws(() => add(store, 'c'), { code: 'PF-4010', message: /no_such_table/ });
    assert.deepEqual(bytesOf(directory), before);
    add(openStore(directory), 'c');
    assert.deepEqual(names(store), ['a', 'b', 'c']);
  });

  it('that does not lead to the version that it says is not begun either', () => {
    const store = openStore(oldContext(), { migrations: [...migrations, ['SELECT 1']] });
    assert.equal(store.refusesWrites?.code, 'PF-4010');
    assert.deepEqual(names(store), ['a', 'b']);
  });

  it('that finds the disk full leaves the context readable, and is done at the first write when there is space', () => {
    for (const { done, isLetGo } of [0, 1].flatMap((at) =>
      [true, false].map((is) => ({ done: at, isLetGo: is })),
    )) {
      const directory = oldContext();
      let commits = 0;
      const files = interceptFiles({
        before: (operation, _from, to) => {
          const isCommit =
            operation === 'linkSync' &&
            path.dirname(path.dirname(String(to))) === path.join(directory, 'epochs');
          if (isCommit && commits++ === done) throw errno('ENOSPC');
        },
      });
      const store = openStore(directory, { ...toNew, files });
      assert.deepEqual(
        [version(store), names(store), store.refusesWrites?.code],
        [OLD + done, ['a', 'b'], 'PF-4005'],
      );
      if (isLetGo) store.release();
      add(store, 'c');
      assert.deepEqual(
        [version(store), names(store), store.refusesWrites],
        [NEW, ['a', 'b', 'c'], undefined],
      );
    }
  });

  for (const isRead of [true, false])
    it(`that a damaged log stands in the way of is done when that is mended, at the next ${isRead ? 'read' : 'write'}`, () => {
      const directory = oldContext();
      const [commit = ''] = fs.globSync(path.join(directory, 'epochs', '*', '*.tx')).toSorted();
      fs.renameSync(commit, `${commit}-away`);
      let now = Date.now();
      const store = openStore(directory, { ...toNew, now: () => now });
      assert.throws(() => add(store, 'c'), { code: 'PF-4007' });
      const readNew = () =>
        store.read((view) => view.first(`SELECT count(added_${NEW}) AS added FROM memories`));
      assert.throws(readNew, { code: 'PF-4007' });
      fs.renameSync(`${commit}-away`, commit);
      now += 60_000;
      if (isRead) assert.deepEqual(readNew(), { added: 2 });
      add(store, 'c');
      assert.deepEqual(
        [version(store), names(store), store.refusesWrites],
        [NEW, ['a', 'b', 'c'], undefined],
      );
    });

  it('that is killed before any of its file operations is completed by the next process', () => {
    const template = oldContext();
    const before = contentsOf(openStore(template));
    let kills = 0;
    for (let survived = false; !survived; kills++) {
      const directory = copyOf(template);
      const mortal = new Mortal(nodeFiles);
      survived = mortal.survives(kills, () => openStore(directory, { ...toNew, files: mortal.files }));
      const next = openStore(directory, toNew);
      assert.deepEqual([version(next), next.problems, names(next)], [NEW, [], ['a', 'b']]);
      assert.equal(contentsOf(openStore(rollbackPoint(directory))), before);
    }
    assert.ok(kills > 50);
  });
});

/** What another process may do meanwhile, and the version that the schema has then. */
const interferences: Record<string, { act: (directory: string, old: Store) => void; schema: number }> = {
  'another process migrates, too': { act: (directory) => openStore(directory, toNew), schema: NEW },
  'another process migrates further, and writes': {
    act: (directory) => add(openStore(directory, toNewer), 'x'),
    schema: NEW + 1,
  },
  'the blobs are moved to the trash': { act: (directory) => moveBlobsOut(directory), schema: NEW },
  'an older Permafrost writes, and another process migrates': {
    act: (directory, old) => {
      add(old, 'x');
      openStore(directory, toNew);
    },
    schema: NEW,
  },
  'an older Permafrost writes and a checkpoint is made': {
    act: (directory, old) => {
      add(old, 'x');
      checkpoint(directory);
    },
    schema: NEW,
  },
};

describe('a migration comes to the same, with a way back to just before it,', () => {
  for (const [name, { act, schema }] of Object.entries(interferences)) {
    it(`when between any two of its file operations ${name}`, () => {
      const template = oldContext();
      for (let at = 0, reached = true; reached; at++) {
        const directory = copyOf(template);
        const old = openStore(directory);
        reached = interfereAt(at, directory, () => act(directory, old));
        const fresh = openStore(directory, { migrations: migrationsTo(schema) });
        assert.deepEqual([version(fresh), fresh.problems, fresh.refusesWrites], [schema, [], undefined]);
        assert.deepEqual(names(fresh).slice(0, 2), ['a', 'b']);
        // The older one stands still at what it saw before the first step.
        assert.throws(() => add(old, 'c'), { code: 'PF-4004' });
        // Once a migration has ended, a further one has a way back of its own.
        if (rollbackPoint(directory).includes(`-schema-${NEW}-`)) continue;
        const back = openStore(rollbackPoint(directory));
        assert.deepEqual([back.problems, back.refusesWrites], [[], undefined]);
        assert.equal(contentsOf(back), contentsOf(old));
      }
    });
  }
});

/** As a collection does that cannot know yet that they are referred to. */
function moveBlobsOut(directory: string): void {
  collectBlobs(nodeFiles, new ContextPaths(directory), { at: 0, names: new Set() }, () => 0);
}

/** Other processes neither see these nor change what they do. */
const UNSEEN = new Set(['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'statSync']);

/** @returns whether opening, and so migrating, had so many file operations at all */
function interfereAt(at: number, directory: string, act: () => void): boolean {
  const nth = new NthCall('before', (operation) => !UNSEEN.has(operation));
  nth.set(at, () => {
    try {
      act();
    } catch (cause) {
      // The migration has begun, and the older Permafrost may not write any more.
      assert.match(String(cause), /newer Permafrost/);
    }
  });
  const { refusesWrites } = openStore(directory, { ...toNew, files: nth.files });
  // It did its part, unless another one went further.
  assert.ok(refusesWrites === undefined || refusesWrites.code === 'PF-4004', refusesWrites?.sentence);
  const reached = nth.count > at;
  nth.set(undefined);
  return reached;
}

/** A context of an older version: with rows in an epoch that has a snapshot and after it, and large content. */
function oldContext(): string {
  const directory = temporaryContext();
  const store = openStore(directory);
  const memories = new Memories(store, { now: Date.now, newId: () => ids.shift() ?? '' });
  const ids = ['small', 'large'];
  add(store, 'a');
  memories.create([{ title: 'small', content: 'x' }]);
  checkpoint(directory);
  memories.create([{ title: 'large', content: 'x'.repeat(20_000) }]);
  add(store, 'b');
  return directory;
}

function copyOf(template: string): string {
  const directory = temporaryDirectory();
  fs.cpSync(template, directory, { recursive: true });
  return directory;
}

/** The newest one: one that was overtaken by a write is of no use, and does no harm. */
function rollbackPoint(directory: string): string {
  const points = fs.readdirSync(path.join(directory, 'rollback')).toSorted();
  return path.join(directory, 'rollback', points.at(-1) ?? '');
}

function version(store: Store): unknown {
  return store.read((view) => view.first('PRAGMA user_version'))?.['user_version'];
}

/** What the last step made of the sizes of the memories. */
function added(store: Store): unknown[] {
  return store
    .read((view) => view.all(`SELECT added_${NEW} AS added FROM memories ORDER BY row`))
    .map(({ added: value }) => value);
}

/** All rows, and the large content. */
function contentsOf(store: Store): string {
  const blobs = store.read((view) => view.all('SELECT blob FROM memories WHERE blob IS NOT NULL'));
  const contents = blobs.map(({ blob }) => sha256(store.blobs.get(String(blob))));
  return [fingerprint(store), ...contents].join();
}

/** Every file below `directory` with what it holds. */
function bytesOf(directory: string): Map<string, string> {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  return new Map(files.toSorted().map((file) => [file, sha256(fs.readFileSync(file))]));
}
