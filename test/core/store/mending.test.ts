import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { commitFile } from '../../../src/core/log/epochs.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { FORMAT, sha256 } from '../../../src/core/log/frame.ts';
import { createContext } from '../../../src/core/log/identity.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import type { StoreOptions } from '../../../src/core/store/store.ts';
import { logOf, seal } from './checkpoints.ts';
import { contextWithSnapshot, databaseIn, epochs, fill, truncated } from './filledContext.ts';
import { engine, noSnapshots, openStore, temporaryContext } from './openStore.ts';
import { add, names } from './views.ts';

describe('a damaged log', () => {
  it('takes writes again in a running process within seconds after the file was put back', () => {
    const { store, putBack, wait } = openFilled(({ damage }) => damage('a'));
    assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
    putBack('a');
    assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
    wait(5_000);
    add(store, 'x');
    assert.deepEqual([names(store).join(''), store.problems], ['abcdefghx', []]);
  });

  it('is read as a whole within a minute after the file was put back', () => {
    const { store, putBack, wait } = openFilled(({ damage }) => damage('a'));
    assert.equal(names(store).join(''), 'bcdefgh');
    putBack('a');
    wait();
    assert.deepEqual([names(store).join(''), store.problems], ['abcdefgh', []]);
  });

  it('is not loaded anew by a running process while it is not mended', () => {
    let opened = 0;
    const counting = { open: (file?: Uint8Array) => (opened++, engine.open(file)) };
    const { store, putBack, wait } = openFilled(({ damage }) => damage('a'), { engine: counting });
    for (let minute = 0; minute < 3; minute++) {
      wait();
      assert.equal(names(store).join(''), 'bcdefgh');
    }
    assert.equal(opened, 1);
    putBack('a');
    wait();
    assert.deepEqual([names(store).join(''), opened], ['abcdefgh', 2]);
  });

  it('keeps what a running process read of it when more of it goes bad, and in the end all', () => {
    const { directory, epoch } = contextWithSnapshot();
    const fileOf = (number: number) => commitFile(epoch, number);
    truncated(fileOf(8), 20);
    let now = 0;
    const store = openStore(directory, { ...noSnapshots, now: () => now });
    assert.equal(names(store).join(''), 'abcdegh');
    truncated(fileOf(10), 20);
    now += 60_000;
    assert.equal(names(store).join(''), 'abcdegh');
    fs.rmSync(path.join(directory, 'previous'), { recursive: true });
    truncated(databaseIn(epoch), 100);
    now += 60_000;
    assert.equal(names(store).join(''), 'abcdegh');
    assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
  });
});

describe('a log that more is wrong with, or less, than a running process has read', () => {
  it('is taken in file by file as it is put back, also where a run of commits was missing', () => {
    for (const order of ['cbd', 'bcd', 'dcb']) {
      const { store, wait, damage, putBack } = openFilled((log) =>
        [...'bcd'].forEach((row) => log.remove(row)),
      );
      assert.deepEqual([names(store).join(''), store.problems.length], ['aefgh', 1]);
      for (const [at, row] of [...order].entries()) {
        putBack(row);
        wait();
        const left = new Set(order.slice(at + 1));
        assert.equal(
          names(store).join(''),
          [...'abcdefgh'].filter((name) => !left.has(name)).join(''),
          order,
        );
      }
      assert.deepEqual(store.problems, []);
      damage('h');
    }
  });

  it('is named as it is now, and keeps what was read, when one file is put back and another goes bad', () => {
    const { store, wait, damage, putBack, fileOf } = openFilled(({ damage: spoil }) => spoil('b'));
    assert.equal(names(store).join(''), 'acdefgh');
    damage('g');
    putBack('b');
    wait();
    assert.equal(names(store).join(''), 'acdefgh');
    assert.deepEqual(
      store.problems.map(({ path: file }) => file),
      [fileOf('g')],
    );
    putBack('g');
    wait();
    assert.deepEqual([names(store).join(''), store.problems], ['abcdefgh', []]);
  });

  it('keeps what was read when its problems become fewer since more of it is gone', () => {
    const { store, wait, remove } = openFilled((log) => [...'bd'].forEach((row) => log.remove(row)));
    assert.equal(names(store).join(''), 'acefgh');
    remove('c');
    wait();
    assert.equal(names(store).join(''), 'acefgh');
    assert.equal(store.problems.length, 1);
  });

  it('keeps what was read when a file of a newer format comes before what is damaged', () => {
    const { store, wait, fileOf, putBack } = openFilled(({ damage }) => [...'bg'].forEach(damage));
    assert.equal(names(store).join(''), 'acdefh');
    const body = fs.readFileSync(fileOf('d'), 'utf8').split('\n')[1] ?? '';
    const start = `permafrost ${FORMAT + 1} `;
    fs.writeFileSync(fileOf('d'), `${start}${sha256(start, body)}\n${body}`);
    for (let minute = 0; minute < 2; minute++) {
      wait();
      assert.equal(names(store).join(''), 'acdefh');
    }
    for (const row of 'bdg') putBack(row);
    wait();
    assert.equal(names(store).join(''), 'abcdefgh');
  });

  it('keeps what was read when a commit could not be applied, and then another is damaged', () => {
    const { directory, store, wait, damage } = openFilled(() => {});
    const statements = [{ sql: 'INSERT INTO nowhere VALUES (1)', parameters: [] }];
    logOf(directory).tryAppend({ at: new Date().toISOString(), schema: migrations.length, statements });
    assert.equal(names(store).join(''), 'abcdefgh');
    assert.equal(store.problems.length, 1);
    damage('b');
    wait();
    assert.equal(names(store).join(''), 'abcdefgh');
    assert.equal(store.problems.length, 2);
  });

  it('tries a commit again that could not be applied for a reason that has passed', () => {
    let isFull = true;
    const failing = {
      open: (file?: Uint8Array) => {
        const view = engine.open(file);
        const run = view.run.bind(view);
        return Object.assign(view, {
          run: (...[sql, parameters]: Parameters<typeof run>) => {
            if (isFull && parameters?.includes('c') === true) throw new Error('a constraint failed');
            run(sql, parameters);
          },
        });
      },
    };
    const { store, wait } = openFilled(() => {}, { engine: failing });
    assert.deepEqual([names(store).join(''), store.problems.length], ['abdefgh', 1]);
    isFull = false;
    wait();
    assert.deepEqual([names(store).join(''), store.problems], ['abcdefgh', []]);
  });

  it('is loaded anew once when an epoch that it led to was lost, and once when that is back', () => {
    let opened = 0;
    const counting = { open: (file?: Uint8Array) => (opened++, engine.open(file)) };
    const directory = temporaryContext();
    for (const name of 'abcd') add(openStore(directory, noSnapshots), name);
    seal(directory);
    let now = 0;
    const store = openStore(directory, { ...noSnapshots, engine: counting, now: () => now });
    const [, second = ''] = epochs(directory);
    const [there, away] = [path.join(directory, 'epochs', second), path.join(directory, 'away')];
    fs.renameSync(there, away);
    for (let minute = 0; minute < 3; minute++) {
      assert.deepEqual([names(store).join(''), store.problems.length, opened], ['abcd', 1, 2]);
      now += 60_000;
    }
    fs.renameSync(away, there);
    assert.deepEqual([names(store).join(''), store.problems, opened], ['abcd', [], 3]);
    add(store, 'e');
    fs.rmSync(directory, { recursive: true });
    assert.throws(() => names(store), { code: 'PF-4008' });
  });

  it('keeps what was read when the view is to be let go', () => {
    const { store, damage } = openFilled(({ damage: spoil }) => spoil('b'));
    assert.equal(names(store).join(''), 'acdefgh');
    damage('g');
    store.release();
    assert.equal(names(store).join(''), 'acdefgh');
  });

  it('is named with an epoch that was lost, also when the seal that led to it is damaged since', () => {
    const { directory, store, wait } = openFilled(() => {});
    const [first = '', second = ''] = epochs(directory).map((name) => path.join(directory, 'epochs', name));
    fs.rmSync(second, { recursive: true });
    assert.equal(names(store).join(''), 'abcd');
    truncated(commitFile(first, 6), 20);
    wait();
    assert.equal(names(store).join(''), 'abcd');
    assert.deepEqual(store.problems.map((problem) => problem.path).toSorted(), [
      commitFile(first, 6),
      second,
    ]);
  });

  for (const [what, happen] of [
    ['was deleted', () => {}],
    ['was deleted, and another made in its place', makeAnother],
  ] as const) {
    it(`says PF-4008 within a minute when the context ${what}, though an epoch of it was lost before`, () => {
      const { directory, store, wait } = openFilled(() => {});
      fs.rmSync(path.join(directory, 'epochs', epochs(directory)[1] ?? ''), { recursive: true });
      assert.equal(names(store).join(''), 'abcd');
      fs.rmSync(directory, { recursive: true });
      happen(directory);
      wait();
      assert.throws(() => names(store), { code: 'PF-4008' });
    });
  }

  it('is told to whoever asks for it, also where it was read before', () => {
    const { store, damage, putBack, fileOf } = openFilled(() => {});
    assert.deepEqual(store.verify(), []);
    damage('b');
    assert.deepEqual(
      store.verify().map(({ path: file }) => file),
      [fileOf('b')],
    );
    assert.deepEqual([names(store).join(''), store.problems], ['abcdefgh', []]);
    putBack('b');
    assert.deepEqual(store.verify(), []);
  });

  it('is taken in at once by whoever asks what is wrong with it', () => {
    const { store, putBack } = openFilled(({ damage }) => damage('b'));
    assert.equal(store.verify().length, 1);
    putBack('b');
    assert.deepEqual([store.verify(), names(store).join('')], [[], 'abcdefgh']);
  });
});

/** A log with two epochs, on which `before` is done before it is opened, and what may be done to it after. */
function openFilled(before: (log: ReturnType<typeof spoiling>) => void, options: Partial<StoreOptions> = {}) {
  const directory = temporaryContext();
  fill(directory);
  const spoil = spoiling(directory);
  before(spoil);
  let now = 0;
  const store = openStore(directory, { ...noSnapshots, now: () => now, ...options });
  return { directory, store, wait: (milliseconds = 60_000) => (now += milliseconds), ...spoil };
}

function spoiling(directory: string) {
  const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const fileOf = (row: string) => {
    const at = rows.indexOf(row);
    const [first = '', second = ''] = epochs(directory);
    // Commit 1 is the schema, and 6 seals.
    return commitFile(path.join(directory, 'epochs', at < 4 ? first : second), at < 4 ? at + 2 : at + 3);
  };
  const whole = new Map(rows.map((row) => [row, fs.readFileSync(fileOf(row))]));
  return {
    fileOf,
    damage: (row: string) => fs.truncateSync(fileOf(row), 20),
    remove: (row: string) => fs.rmSync(fileOf(row)),
    putBack: (row: string) => fs.writeFileSync(fileOf(row), whole.get(row) ?? ''),
  };
}

function makeAnother(directory: string): void {
  createContext(nodeFiles, directory, { id: 'second', name: 'Second', createdAt: new Date().toISOString() });
}
