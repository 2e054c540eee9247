import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { migrations } from '../../../src/core/store/schema.ts';
import { commitFile as nameOfCommit } from '../../../src/core/log/epochs.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { interceptFiles } from '../log/interceptFiles.ts';
import { checkpoint, logOf, seal } from './checkpoints.ts';
import { engine, noSnapshots, openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { contextWithSnapshot, databaseIn, epochs, fill, keptEpoch, truncated } from './filledContext.ts';
import { add, names } from './views.ts';

/** Commit 1 is the schema; 2 to 5 add a to d; 6 seals; 7 to 10 add e to h. */
const COMMIT_OF = { a: 2, b: 3, d: 5, seal: 6, e: 7, f: 8, h: 10 } as const;

interface Damage {
  readonly does: (file: string, directory: string) => void;
  /** What is said about the file. */
  readonly what: RegExp;
}

const damages: Record<string, Damage> = {
  'changed by one bit': { does: flipLast, what: /does not match its checksum/ },
  'cut short': {
    does: (file) => fs.truncateSync(file, fs.statSync(file).size - 1),
    what: /does not match its checksum/,
  },
  empty: { does: (file) => fs.truncateSync(file, 0), what: /first line/ },
  missing: { does: (file) => fs.rmSync(file), what: /is missing/ },
  'from another context': {
    does: (file) => {
      const other = temporaryContext({ id: 'another' });
      fill(other);
      fs.copyFileSync(commitFile(other, numberOf(file)), file);
    },
    what: /belongs to another context/,
  },
  'a copy of the one before': {
    does: (file, directory) => fs.copyFileSync(commitFile(directory, numberOf(file) - 1), file),
    what: /is a copy of commit/,
  },
  'a copy of the first': {
    does: (file, directory) => fs.copyFileSync(commitFile(directory, 1), file),
    what: /is a copy of commit 1/,
  },
};

describe('a damaged log', () => {
  for (const [how, { does: damage, what }] of Object.entries(damages)) {
    for (const [row, number] of Object.entries(COMMIT_OF)) {
      // That the last commit is not there is not damage: nothing says that there was one.
      if (how === 'missing' && row === 'h') continue;
      it(`whose commit ${number} (${row}) is ${how} is named and read-only, and the rest can be read`, () => {
        const directory = temporaryContext();
        fill(directory);
        const file = commitFile(directory, number);
        damage(file, directory);
        const before = listing(directory);
        const store = openStore(directory, noSnapshots);
        assert.deepEqual(
          names(store),
          [...'abcdefgh'].filter((name) => name !== row),
        );
        assert.deepEqual(
          store.problems.map((problem) => problem.path),
          [file],
        );
        assert.match(store.problems[0]?.what ?? '', what);
        assert.throws(() => add(store, 'x'), { code: 'PF-4007', message: new RegExp(path.basename(file)) });
        assert.deepEqual(listing(directory), before);
        // What was before the damage may be kept as a snapshot; what was after it, never.
        assert.equal(makeSnapshots(directory, engine), number > COMMIT_OF.seal ? 1 : 0);
        assert.deepEqual(names(openStore(directory, noSnapshots)), names(store));
      });
    }
  }

  it('whose commit was put in the place of another of the same number is noticed by the one that follows', () => {
    const [directory, fork] = [temporaryContext(), temporaryDirectory()];
    openStore(directory);
    fs.cpSync(directory, fork, { recursive: true });
    fill(directory);
    add(openStore(fork), 'forged');
    fs.copyFileSync(commitFile(fork, 2), commitFile(directory, 2));
    const store = openStore(directory, noSnapshots);
    assert.deepEqual(
      store.problems.map(({ path: file }) => file),
      [commitFile(directory, 3)],
    );
    assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
  });

  it('of which many commits are missing names some of them and says how many there are', () => {
    const directory = temporaryContext();
    fill(directory);
    for (let number = 2; number < 10; number++) fs.rmSync(commitFile(directory, number));
    const store = openStore(directory, noSnapshots);
    assert.deepEqual([names(store), store.problems.length], [['h'], 8]);
    assert.throws(() => add(store, 'x'), { code: 'PF-4007', message: /00000002\.tx.*8 in all/ });
  });

  it('whose schema is lost can be opened, and says so', () => {
    const directory = temporaryContext();
    fill(directory);
    fs.truncateSync(commitFile(directory, 1), 5);
    const store = openStore(directory, noSnapshots);
    assert.equal(store.problems[0]?.path, commitFile(directory, 1));
    assert.match(store.problems[1]?.what ?? '', /no such table/);
    assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
  });

  it('with a commit that cannot be applied has none of it, and all the rest', () => {
    const directory = temporaryContext();
    const running = openStore(directory);
    add(running, 'a');
    const insert = `INSERT INTO relations VALUES ('half', '', '', 0)`;
    const statements = [insert, 'INSERT INTO nowhere VALUES (1)'].map((sql) => ({ sql, parameters: [] }));
    logOf(directory).tryAppend({ at: new Date().toISOString(), schema: migrations.length, statements });
    logOf(directory).tryAppend({
      at: new Date().toISOString(),
      schema: migrations.length,
      statements: [{ sql: `INSERT INTO relations VALUES ('b', '', '', 0)`, parameters: [] }],
    });
    for (const store of [running, openStore(directory)]) {
      assert.deepEqual(names(store), ['a', 'b']);
      assert.deepEqual(store.problems, [{ path: 'commit 3', what: 'no such table: nowhere' }]);
      assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
    }
    seal(directory);
    assert.throws(() => makeSnapshots(directory, engine), /commit 3 cannot be applied/);
    assert.equal(epochs(directory).length, 2);
  });

  it('can be written again when the file was put back', () => {
    const directory = temporaryContext();
    fill(directory);
    const file = commitFile(directory, 3);
    const bytes = fs.readFileSync(file);
    fs.rmSync(file);
    assert.throws(() => add(openStore(directory, noSnapshots), 'x'), { code: 'PF-4007' });
    fs.writeFileSync(file, bytes);
    const store = openStore(directory);
    add(store, 'x');
    assert.deepEqual(names(store).join(''), 'abcdefghx');
  });

  for (const [how, { does: damage }] of Object.entries(damages)) {
    if (how === 'missing') continue;
    it(`is followed by a running process past a seal that is ${how}`, () => {
      const directory = temporaryContext();
      const [writer, reader] = [openStore(directory), openStore(directory)];
      add(writer, 'a');
      seal(directory);
      names(writer);
      damage(commitFile(directory, 3), directory);
      assert.deepEqual(names(reader), ['a']);
      for (const name of ['b', 'c']) {
        add(writer, name);
        assert.equal(names(reader).at(-1), name);
      }
      assert.throws(() => add(reader, 'x'), { code: 'PF-4007' });
      assert.equal(reader.problems.length, 1);
    });
  }
});

describe('a context with an epoch that is missing', () => {
  it('is named and read-only, whether it is the first, one between, or the last', () => {
    for (const [index, left] of [
      [1, 'acd'],
      [2, 'abd'],
      [3, 'abc'],
    ] as const) {
      const directory = temporaryContext();
      const store = openStore(directory, noSnapshots);
      for (const name of 'abcd') {
        add(store, name);
        if (name !== 'd') seal(directory);
      }
      const epoch = path.join(directory, 'epochs', epochs(directory)[index] ?? '');
      fs.rmSync(epoch, { recursive: true });
      for (const reader of [openStore(directory, noSnapshots), ...(index === 3 ? [store] : [])]) {
        assert.deepEqual(names(reader).join(''), left);
        assert.ok(reader.problems.some((problem) => problem.path.startsWith(epoch)));
        assert.throws(() => add(reader, 'x'), { code: 'PF-4007' });
      }
      assert.equal(makeSnapshots(directory, engine) <= index - 1, true);
    }
  });

  it('is named by where it was, also when the commit that led to it is gone', () => {
    const { directory, epoch } = contextWithSnapshot();
    const led = nameOfCommit(keptEpoch(directory), COMMIT_OF.seal);
    fs.rmSync(epoch, { recursive: true });
    fs.rmSync(led);
    const store = openStore(directory, noSnapshots);
    assert.equal(names(store).join(''), 'abcd');
    const what = 'it is missing, and so is all that came after it';
    assert.deepEqual(store.problems, [{ path: led, what }]);
    assert.throws(() => add(store, 'x'), { code: 'PF-4007', message: /00000006\.tx: it is missing/ });
    assert.deepEqual(store.verify(), store.problems);
  });

  it('is not missed when nothing is missing but what leads to it is damaged, or cannot be seen for a moment', () => {
    for (const isDamaged of [true, false]) {
      const directory = temporaryContext();
      let unseen = '';
      const files = interceptFiles({
        answer: (operation, file, result) =>
          operation === 'existsSync' && String(file) === unseen ? false : result,
      });
      const reader = openStore(directory, { ...noSnapshots, files });
      add(reader, 'a');
      checkpoint(directory);
      const sealed = nameOfCommit(keptEpoch(directory), 3);
      if (isDamaged) fs.truncateSync(sealed, 20);
      else unseen = sealed;
      assert.deepEqual(names(reader), ['a']);
      assert.deepEqual(
        reader.problems.map((problem) => problem.path),
        isDamaged ? [sealed] : [],
      );
    }
  });

  it('has nothing left to read when its beginning is gone: PF-4003', () => {
    const directory = temporaryContext();
    fill(directory);
    fs.rmSync(path.join(directory, 'epochs', epochs(directory)[0] ?? ''), { recursive: true });
    assert.throws(() => openStore(directory), { code: 'PF-4003' });
  });
});

describe('a damaged snapshot', () => {
  const spoiled: Record<string, (epoch: string) => string> = {
    'whose manifest is changed': (epoch) => truncated(path.join(epoch, 'snapshot.json'), 120),
    'whose manifest is empty': (epoch) => truncated(path.join(epoch, 'snapshot.json'), 0),
    'whose manifest is missing': (epoch) => removed(path.join(epoch, 'snapshot.json')),
    'whose database is cut short': (epoch) => truncated(databaseIn(epoch), 100),
    'whose database is missing': (epoch) => removed(databaseIn(epoch)),
  };
  it('that is the whole one of another epoch is taken for damaged, whether commits follow it or not', () => {
    for (const following of ['', 'i']) {
      const { directory, epoch } = contextWithSnapshot();
      const older = path.join(temporaryDirectory(), path.basename(epoch));
      fs.cpSync(epoch, older, { recursive: true });
      checkpoint(directory);
      if (following !== '') add(openStore(directory, noSnapshots), following);
      const [newest = ''] = epochs(directory);
      for (const name of fs.readdirSync(older).filter((each) => each.startsWith('snapshot')))
        fs.copyFileSync(path.join(older, name), path.join(directory, 'epochs', newest, name));
      const store = openStore(directory, noSnapshots);
      assert.equal(names(store).join(''), `abcdefgh${following}`);
      assert.deepEqual(store.problems, []);
      assert.match(store.damagedSnapshots[0]?.what ?? '', /the snapshot of another epoch, 000002-/);
    }
  });

  for (const [how, spoil] of Object.entries(spoiled)) {
    it(`${how} costs nothing: the state comes from the epoch before, and the snapshot is made anew`, () => {
      const { directory, epoch } = contextWithSnapshot();
      const file = spoil(epoch);
      const store = openStore(directory, noSnapshots);
      assert.equal(names(store).join(''), 'abcdefgh');
      assert.deepEqual(store.problems, []);
      // That a manifest is not there is how it is before a snapshot is made.
      const named = how.endsWith('manifest is missing') ? [] : [file];
      assert.deepEqual(
        store.damagedSnapshots.map((problem) => problem.path),
        named,
      );
      add(store, 'i');
      assert.equal(makeSnapshots(directory, engine), 1);
      fs.rmSync(path.join(directory, 'previous'), { recursive: true });
      const again = openStore(directory);
      assert.equal(names(again).join(''), 'abcdefghi');
      assert.deepEqual(again.damagedSnapshots, []);
    });

    it(`${how} and no epoch before it make opening say PF-4003 with its name, and nothing is deleted`, () => {
      const { directory, epoch } = contextWithSnapshot();
      fs.rmSync(path.join(directory, 'previous'), { recursive: true });
      const running = openStore(directory);
      const file = spoil(epoch);
      const before = listing(directory);
      assert.throws(() => openStore(directory), {
        code: 'PF-4003',
        message: new RegExp(path.basename(file)),
      });
      assert.deepEqual(listing(directory), before);
      assert.equal(names(running).join(''), 'abcdefgh');
    });

    it(`${how} is named, and makes the context read-only, when the way back from it is damaged too`, () => {
      const { directory, epoch } = contextWithSnapshot();
      const file = nameOfCommit(keptEpoch(directory), 3);
      fs.truncateSync(file, 20);
      spoil(epoch);
      const store = openStore(directory, noSnapshots);
      assert.equal(names(store).join(''), 'acdefgh');
      assert.deepEqual(
        store.problems.map((problem) => problem.path),
        [file],
      );
      assert.throws(() => add(store, 'x'), { code: 'PF-4007' });
      assert.equal(makeSnapshots(directory, engine), 0);
    });
  }
});

function commitFile(directory: string, number: number): string {
  const name = `${String(number).padStart(8, '0')}.tx`;
  const epoch = epochs(directory).find((each) => fs.existsSync(path.join(directory, 'epochs', each, name)));
  return path.join(directory, 'epochs', epoch ?? 'none', name);
}

function numberOf(file: string): number {
  return Number.parseInt(path.basename(file), 10);
}

function flipLast(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  fs.writeFileSync(file, bytes);
}

function listing(directory: string): string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
}

function removed(file: string): string {
  fs.rmSync(file);
  return file;
}

describe('files that stand where commits should', () => {
  it('are named when they cannot be read, and the rest stays readable', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    for (const name of ['one', 'three', 'two']) add(store, name);
    const file = numberedFile(directory, 3);
    fs.rmSync(file);
    fs.mkdirSync(file);
    const reopened = openStore(directory);
    assert.deepEqual(names(reopened), ['one', 'two']);
    assert.equal(reopened.problems[0]?.path, file);
    assert.match(reopened.problems[0].what, /EISDIR/);
  });

  it('do not make the reader look at every number up to a stray one', () => {
    const directory = temporaryContext();
    add(openStore(directory), 'one');
    fs.copyFileSync(numberedFile(directory, 2), numberedFile(directory, 99_999_999));
    const reopened = openStore(directory);
    assert.deepEqual(names(reopened), ['one']);
    assert.equal(reopened.problems.length, 2);
    assert.match(reopened.problems[0]?.what ?? '', /99999995 after it/);
    assert.match(reopened.problems[1]?.what ?? '', /copy of commit/);
  });
});

function numberedFile(directory: string, number: number): string {
  const { paths, snapshotPlace } = logOf(directory);
  return nameOfCommit(paths.epoch(snapshotPlace.epoch), number);
}
