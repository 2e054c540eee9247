import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ContextPaths, retireEpochsBefore } from '../../../src/core/log/epochs.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { AT_REST, checkpointIsDue, isCompressed, WHILE_WRITING } from '../../../src/core/store/checkpoint.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import type { KeptView } from '../../../src/core/store/keptView.ts';
import type { SqlReader } from '../../../src/core/store/sqlView.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { errno, interceptFiles, NthCall } from '../log/interceptFiles.ts';
import { checkpoint, logOf, seal } from './checkpoints.ts';
import { engine, noSnapshots, openStore, temporaryContext } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

/** Characters of a row of which a dozen make an epoch long. */
const LARGE = 100_000;

describe('a checkpoint', () => {
  it('leaves one epoch with a snapshot, from which the same state is read as from all commits', () => {
    const { directory, store } = contextWith('a', 'b');
    seal(directory);
    add(store, 'c');
    const replayed = openStore(directory, noSnapshots);
    assert.equal(epochs(directory).length, 2);
    assert.equal(makeSnapshots(directory, engine), 1);
    const [kept = '', ...others] = epochs(directory);
    assert.deepEqual(others, []);
    assert.equal(fs.readdirSync(path.join(directory, 'previous')).length, 1);
    assert.match(
      fs.readdirSync(path.join(directory, 'epochs', kept)).join(),
      /^\d{8}\.tx,snapshot-\w{8}\.db,snapshot\.json$/,
    );
    const loaded = openStore(directory);
    assert.deepEqual(names(loaded), ['a', 'b', 'c']);
    assert.equal(fingerprint(loaded), fingerprint(replayed));
  });

  it('is compressed when it is large, and read as what it was', () => {
    const { directory, store } = contextWith('a');
    for (const letter of 'bcdefgh') add(store, letter.repeat(5_000_000));
    checkpoint(directory);
    const [kept = ''] = epochs(directory);
    const epoch = path.join(directory, 'epochs', kept);
    const file = fs.readdirSync(epoch).find((name) => name.endsWith('.db.zst')) ?? assert.fail();
    assert.ok(fs.statSync(path.join(epoch, file)).size < 1_000_000);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('is compressed while a context is written to, and not at rest', () => {
    const MB = 1024 * 1024;
    for (const [epochBytes, databaseBytes, compressed] of [
      [MB / 2, 14 * MB, false],
      [1.7 * MB, 14 * MB, false],
      [2 * MB - 300, 14 * MB, true],
      [undefined, 14 * MB, false],
      [MB / 2, 33 * MB, true],
    ] as const)
      assert.equal(isCompressed(epochBytes, databaseBytes), compressed, `${epochBytes} of ${databaseBytes}`);
    const { directory, store } = contextWith('a');
    add(store, 'b'.repeat(1.5 * MB)); // That closes the epoch.
    makeSnapshots(directory, engine);
    add(store, 'c');
    const [epoch = ''] = epochs(directory);
    assert.match(fs.readdirSync(path.join(directory, 'epochs', epoch)).join(), /\.db\.zst,/);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
    checkpoint(directory);
    const [next = ''] = epochs(directory);
    assert.match(fs.readdirSync(path.join(directory, 'epochs', next)).join(), /\.db,/);
  });

  it('is seen by a process that was idle all the while, with everything after it', () => {
    const { directory, store } = contextWith('a');
    const [idleForOne, idleForTwo] = [openStore(directory), openStore(directory)];
    checkpoint(directory);
    add(store, 'b');
    assert.deepEqual(names(idleForOne), ['a', 'b']);
    checkpoint(directory);
    add(store, 'c');
    assert.deepEqual(names(idleForTwo), ['a', 'b', 'c']);
    checkpoint(directory);
    checkpoint(directory);
    add(idleForOne, 'd');
    assert.deepEqual(names(store), ['a', 'b', 'c', 'd']);
    assert.equal(fingerprint(idleForTwo), fingerprint(openStore(directory)));
  });

  it('is made by a store whose epoch has grown long, and does not make it long again at once', () => {
    const directory = temporaryContext();
    let requests = 0;
    const store = openStore(directory, { requestSnapshot: () => requests++ });
    while (epochs(directory).length < 2) add(store, String(store.position).padStart(LARGE, '0'));
    assert.equal(store.position, 12);
    assert.equal(store.checkpointFailure, undefined);
    for (let at = 12; at < 20; at++) add(store, String(at).padStart(LARGE, '0'));
    assert.deepEqual([requests, epochs(directory).length], [1, 2]);
    assert.equal(makeSnapshots(directory, engine), 1);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('comes the later the larger its snapshot would be', () => {
    const due = (epochBytes: number, databaseBytes: number) =>
      checkpointIsDue(WHILE_WRITING, epochBytes, () => databaseBytes);
    assert.deepEqual([due(1e6, 0), due(2e6, 0), due(2e6, 14e6), due(2e6, 15e6)], [false, true, true, false]);
  });

  it('comes sooner when a process opens a context, lets it go or ends, so that the next one has little to replay', () => {
    const due = (epochBytes: number, databaseBytes: number) =>
      checkpointIsDue(AT_REST, epochBytes, () => databaseBytes);
    assert.deepEqual([due(6e4, 0), due(7e4, 0), due(2e5, 25e6), due(2e5, 26e6)], [false, true, true, false]);
    const rests: Record<string, (directory: string, store: Store) => void> = {
      opening: (directory) => openStore(directory),
      letGo: (_, store) => store.release(),
      ended: (_, store) => store.close(),
    };
    for (const [name, rest] of Object.entries(rests)) {
      const { directory, store } = contextWith('little');
      rest(directory, store);
      assert.equal(epochs(directory).length, 1, `${name} after little`);
      const more = openStore(directory);
      add(more, 'x'.repeat(LARGE));
      rest(directory, more);
      assert.match(epochs(directory).join(), /^000002-/, `${name} after much`);
      assert.deepEqual(names(openStore(directory)).length, 2);
    }
  });

  it('that fails when a process ends does not keep it from ending', () => {
    const { directory } = contextWith('a');
    const files = interceptFiles({
      before: (operation, name) => {
        if (operation === 'mkdirSync' && String(name).includes('epochs')) throw errno('EIO');
      },
    });
    const store = openStore(directory, { ...noSnapshots, files });
    add(store, 'x'.repeat(LARGE));
    store.close();
    assert.match(String(store.checkpointFailure), /EIO/);
    assert.equal(names(openStore(directory, noSnapshots)).length, 2);
  });

  it('is not made of a damaged log when a process ends', () => {
    const { directory, store } = contextWith('a');
    add(store, 'x'.repeat(LARGE));
    add(store, 'b');
    const [epoch = ''] = epochs(directory);
    fs.writeFileSync(path.join(directory, 'epochs', epoch, '00000003.tx'), 'damaged');
    openStore(directory, noSnapshots).close();
    assert.deepEqual(epochs(directory), [epoch]);
  });

  it('counts the size of what there is now, not of what was loaded', () => {
    const directory = temporaryContext();
    let requests = 0;
    const store = openStore(directory, { requestSnapshot: () => requests++ });
    store.write((tx) => {
      tx.run('CREATE TABLE large (bytes)');
      tx.run('INSERT INTO large VALUES (zeroblob(100000000))');
    });
    for (let at = 0; at < 20; at++) add(store, String(at).padStart(LARGE, '0'));
    assert.equal(requests, 0);
  });

  it('that fails does not fail the write that it came after, and is tried again with the next', () => {
    const directory = temporaryContext();
    let full = true;
    const files = interceptFiles({
      before: (operation) => {
        if (operation === 'mkdirSync' && full) throw errno('ENOSPC');
      },
    });
    let requests = 0;
    const store = openStore(directory, { files, requestSnapshot: () => requests++ });
    for (let at = 1; at <= 15; at++) add(store, String(at).padStart(LARGE, '0'));
    assert.match(String(store.checkpointFailure), /ENOSPC/);
    full = false;
    add(store, 'after');
    assert.deepEqual([requests, store.checkpointFailure], [1, undefined]);
    assert.equal(names(openStore(directory)).length, 16);
  });

  it('lets no epoch go when the snapshot cannot be read back', () => {
    const { directory } = contextWith('a');
    seal(directory);
    const before = epochs(directory);
    const files = interceptFiles({
      after: (operation, _first, target) => {
        if (operation === 'renameSync' && String(target).endsWith('.db'))
          fs.truncateSync(String(target), 100);
      },
    });
    assert.throws(() => makeSnapshots(directory, engine, files), { code: 'PF-4003' });
    assert.deepEqual(epochs(directory), before);
  });

  it('lets old epochs go also while another process does the same', () => {
    const { directory } = contextWith('a');
    seal(directory);
    seal(directory);
    const paths = new ContextPaths(directory);
    const kept = epochs(directory).at(-1) ?? '';
    const nth = new NthCall('before', (operation) => operation === 'renameSync');
    nth.set(0, () => retireEpochsBefore(nodeFiles, paths, kept, undefined));
    retireEpochsBefore(nth.files, paths, kept, undefined);
    assert.equal(nth.count, 2);
    assert.deepEqual([epochs(directory), fs.readdirSync(paths.retired)], [[kept], []]);
  });

  it('keeps other views beside the database, and names one that is damaged', () => {
    const { directory, store } = contextWith('a', 'b');
    seal(directory);
    const restored: string[] = [];
    const rows = (view: SqlReader) => String(view.first('SELECT count(*) AS n FROM relations')?.['n']);
    const counting: KeptView = {
      name: 'count',
      restore: (bytes) => restored.push(Buffer.from(bytes).toString()) > 0,
      keep: (view) => Buffer.from(rows(view)),
      rowChanged: () => {},
      reset: () => {},
    };
    assert.equal(store.kept('count'), undefined);
    makeSnapshots(directory, engine, nodeFiles, () => [counting]);
    const loaded = openStore(directory);
    assert.equal(Buffer.from(loaded.kept('count') ?? []).toString(), '2');
    assert.equal(loaded.kept('other'), undefined);
    add(store, 'c');
    seal(directory);
    makeSnapshots(directory, engine, nodeFiles, () => [counting]);
    assert.deepEqual(restored, ['2']);
    const again = openStore(directory);
    const [epoch = ''] = epochs(directory);
    const file =
      fs.readdirSync(path.join(directory, 'epochs', epoch)).find((name) => name.endsWith('.view')) ?? '';
    fs.writeFileSync(path.join(directory, 'epochs', epoch, file), '4');
    assert.equal(again.kept('count'), undefined);
    assert.equal(path.basename(again.damagedSnapshots[0]?.path ?? ''), file);
    assert.deepEqual([again.problems, names(again)], [[], ['a', 'b', 'c']]);
  });

  it('makes one snapshot, the last, where several are missing', () => {
    const { directory, store } = contextWith('a');
    for (const name of 'bcd') {
      seal(directory);
      add(store, name);
    }
    assert.equal(makeSnapshots(directory, engine), 1);
    assert.equal(epochs(directory).length, 1);
    assert.deepEqual(names(openStore(directory)), ['a', 'b', 'c', 'd']);
  });

  it('takes a stray directory of a sealer that was not first along', () => {
    const { directory, store } = contextWith('a');
    fs.mkdirSync(path.join(directory, 'epochs', '000002-00000000'));
    fs.mkdirSync(path.join(directory, 'epochs', '000002-ffffffff'));
    add(store, 'b');
    assert.deepEqual(names(openStore(directory)), ['a', 'b']);
    checkpoint(directory);
    add(store, 'c');
    const reopened = openStore(directory);
    assert.deepEqual([names(reopened), reopened.problems], [['a', 'b', 'c'], []]);
    assert.equal(epochs(directory).length, 1);
  });

  it('has one sealer among many, and the others leave nothing behind', () => {
    const { directory } = contextWith('a');
    const [one, two] = [logOf(directory), logOf(directory)];
    assert.deepEqual([one.trySeal(now()), two.trySeal(now())], [true, false]);
    assert.equal(epochs(directory).length, 2);
    assert.deepEqual([one.next().kind, two.next().kind], ['sealed', 'sealed']);
    assert.deepEqual([one.next().kind, two.next().kind], ['end', 'end']);
  });

  it('makes the seal durable before the first commit that follows it', () => {
    const { directory, store } = contextWith('a');
    const opened = new Map<unknown, unknown>();
    const synced: string[] = [];
    const files = interceptFiles({
      after: (operation, first, _second, result) => {
        if (operation === 'openSync') opened.set(result, first);
        if (operation === 'fsyncSync') synced.push(path.relative(directory, String(opened.get(first))));
      },
    });
    const reader = openStore(directory, { files });
    const [sealed = ''] = epochs(directory);
    seal(directory);
    add(store, 'b');
    synced.length = 0;
    add(reader, 'c');
    assert.equal(synced[0], `epochs/${sealed}`);
    assert.deepEqual(names(openStore(directory)), ['a', 'b', 'c']);
  });
});

function contextWith(...rows: string[]): { directory: string; store: Store } {
  const directory = temporaryContext();
  const store = openStore(directory);
  for (const row of rows) add(store, row);
  return { directory, store };
}

function epochs(directory: string): string[] {
  return fs.readdirSync(path.join(directory, 'epochs')).toSorted();
}

function now(): string {
  return new Date().toISOString();
}
