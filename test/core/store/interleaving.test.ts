import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { FileOps } from '../../../src/core/log/files.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { NthCall } from '../log/interceptFiles.ts';
import { checkpoint, logOf, seal } from './checkpoints.ts';
import { engine, noSnapshots, openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

/** What another process may do meanwhile, given a store of its own. */
const interferences: Record<string, (directory: string, other: Store) => void> = {
  // Each adds rows that begin with x.
  'a write': (_directory, other) => add(other, 'x1'),
  'a seal': (directory, other) => {
    seal(directory);
    add(other, 'x1');
  },
  'the same snapshot': (directory, other) => {
    makeSnapshots(directory, engine);
    add(other, 'x1');
  },
  'a checkpoint': (directory, other) => {
    add(other, 'x1');
    checkpoint(directory);
    add(other, 'x2');
  },
  'two checkpoints': (directory, other) => {
    checkpoint(directory);
    add(other, 'x1');
    checkpoint(directory);
  },
};

/** What a process does, with the files given. */
const activities: Record<string, (directory: string, files: FileOps, store: Store) => void> = {
  opening: (directory, files) => openStore(directory, { files, ...noSnapshots }),
  reading: (_directory, _files, store) => names(store),
  writing: (_directory, _files, store) => add(store, 'mine'),
  sealing: (directory, files) => logOf(directory, files).trySeal(new Date().toISOString()),
  'making the snapshot': (directory, files) => {
    makeSnapshots(directory, engine, files);
  },
};

describe('another process may come in between any two file operations', () => {
  for (const [doing, act] of Object.entries(activities)) {
    for (const [interference, interfere] of Object.entries(interferences)) {
      it(`of ${doing}, with ${interference}: all that was acknowledged is there, in every view`, () => {
        const template = behindASeal();
        for (let at = 0, reached = true; reached; at++) {
          reached = interleave(template, act, interfere, at);
        }
      });
    }
  }
});

/** A context as a process has seen it last, and as it is by now: sealed, without a snapshot, and written to. */
function behindASeal(): { before: string; now: string } {
  const [before, now] = [temporaryDirectory(), temporaryContext()];
  const store = openStore(now);
  add(store, 'a');
  checkpoint(now);
  add(store, 'b');
  fs.cpSync(now, before, { recursive: true });
  seal(now);
  add(store, 'c');
  return { before, now };
}

/** @returns whether `act` made so many calls at all */
function interleave(
  template: { before: string; now: string },
  act: (directory: string, files: FileOps, store: Store) => void,
  interfere: (directory: string, other: Store) => void,
  at: number,
): boolean {
  const directory = temporaryDirectory();
  const nth = new NthCall('before');
  fs.cpSync(template.before, directory, { recursive: true });
  const store = openStore(directory, { files: nth.files, ...noSnapshots });
  fs.cpSync(template.now, directory, { recursive: true });
  const other = openStore(directory, noSnapshots);
  nth.set(at, () => interfere(directory, other));
  act(directory, nth.files, store);
  const reached = nth.count > at;
  nth.set(undefined);
  const fresh = openStore(directory, noSnapshots);
  const expected = ['a', 'b', 'c', ...(act === activities['writing'] ? ['mine'] : [])];
  assert.deepEqual(
    names(fresh).filter((name) => !name.startsWith('x')),
    expected,
  );
  assert.equal(names(fresh).length > expected.length, reached);
  assert.deepEqual([fresh.problems, store.problems, other.problems], [[], [], []]);
  assert.deepEqual([fingerprint(store), fingerprint(other)], [fingerprint(fresh), fingerprint(fresh)]);
  add(store, 'after');
  assert.equal(fingerprint(other), fingerprint(store));
  return reached;
}
