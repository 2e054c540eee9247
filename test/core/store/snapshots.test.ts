import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { SnapshotWorkers } from '../../../src/core/store/snapshots.ts';
import { seal } from './checkpoints.ts';
import { openStore, temporaryContext, temporaryDirectory, wasm } from './openStore.ts';
import { add, fingerprint } from './views.ts';

const script = path.resolve('test/core/store/snapshotWorker.ts');

describe('snapshot workers', () => {
  let workers: SnapshotWorkers;
  let failures: unknown[];

  beforeEach(() => {
    failures = [];
    workers = new SnapshotWorkers(script, wasm, (cause) => failures.push(cause));
  });
  afterEach(() => workers.close());

  it('make the snapshot that a store found missing when it was opened, beside its writes', async () => {
    const directory = temporaryContext();
    add(openStore(directory), 'a');
    seal(directory);
    const store = openStore(directory, { requestSnapshot: workers.request });
    for (let at = 0; at < 2 || epochs(directory).length > 1; at++) {
      if (at < 50) add(store, String(at));
      await turn();
    }
    assert.deepEqual(failures, []);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('make also those that were asked for while they were at work', async () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    for (const name of 'abcdef') {
      add(store, name);
      seal(directory);
      workers.request(directory);
      for (let turns = 0; turns < 1000; turns++) await turn();
    }
    while (epochs(directory).length > 1) await turn();
    assert.deepEqual(failures, []);
    assert.equal(fingerprint(openStore(directory)), fingerprint(store));
  });

  it('tell of a snapshot that could not be made', async () => {
    workers.request(temporaryDirectory());
    while (failures.length === 0) await turn();
    assert.match(String(failures[0]), /is gone/);
  });
});

function epochs(directory: string): string[] {
  return fs.readdirSync(path.join(directory, 'epochs'));
}
