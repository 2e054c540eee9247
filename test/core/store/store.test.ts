import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { frame, FORMAT, sha256 } from '../../../src/core/log/frame.ts';
import { createContext } from '../../../src/core/log/identity.ts';
import { publishSnapshot } from '../../../src/core/log/snapshotFile.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import { interceptFiles } from '../log/interceptFiles.ts';
import { checkpoint, logOf } from './checkpoints.ts';
import { engine, openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

describe('a store', () => {
  it('shows each of two stores what the other wrote, at the next call', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    for (let at = 10; at < 40; at++) {
      const [writer, reader] = at % 2 === 0 ? [one, two] : [two, one];
      add(writer, String(at));
      assert.equal(names(reader).at(-1), String(at));
    }
    assert.equal(fingerprint(one), fingerprint(two));
    assert.equal(fingerprint(one), fingerprint(openStore(directory)));
  });

  it('keeps every kind of value as it was given, for every reader', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    const values = [
      '',
      'Grüße, 世界 🙂',
      '\n"\\',
      null,
      0,
      -1,
      1.5,
      2 ** 53 - 1,
      1e300,
      Buffer.from([0, 255]),
      Buffer.of(),
    ];
    one.write((tx) => {
      tx.run('CREATE TABLE kept (n INTEGER PRIMARY KEY, value)');
      values.forEach((value, n) => tx.run('INSERT INTO kept VALUES (?, ?)', [n, value]));
    });
    for (const store of [one, two, openStore(directory)]) {
      const rows = store.read((view) => view.all('SELECT value FROM kept ORDER BY n'));
      const got = rows.map(({ value }) => (value instanceof Uint8Array ? Buffer.from(value) : value));
      assert.deepEqual(got, values);
    }
  });

  it('refuses a number that the log could not keep', () => {
    const store = openStore();
    for (const value of [Infinity, -Infinity, NaN]) {
      assert.throws(() => store.write((tx) => tx.run('SELECT ?', [value])), { code: 'PF-9001' });
    }
    assert.equal(store.position, 1);
  });

  it('gives what the change gave, and writes nothing when it changed nothing', () => {
    const store = openStore();
    const before = store.position;
    assert.equal(
      store.write(() => 'answer'),
      'answer',
    );
    assert.equal(store.position, before);
    assert.equal(
      store.write((tx) => (tx.run('DELETE FROM relations'), tx.commit)),
      before + 1,
    );
    assert.equal(store.position, before + 1);
  });

  it('is as before when the change throws', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    add(store, 'a');
    const [before, listing] = [fingerprint(store), fs.readdirSync(directory, { recursive: true })];
    const failure = new Error('changed my mind');
    const change = () =>
      store.write((tx) => {
        tx.run(`INSERT INTO relations VALUES ('b', 'c', 'd', 0)`);
        throw failure;
      });
    assert.throws(change, failure);
    assert.throws(() => store.write((tx) => tx.run('INSERT INTO nowhere VALUES (1)')), /no such table/);
    assert.equal(fingerprint(store), before);
    assert.deepEqual(fs.readdirSync(directory, { recursive: true }), listing);
    add(store, 'b');
    assert.deepEqual(names(openStore(directory)), ['a', 'b']);
  });

  it('keeps only the last run of a change that had to be run again', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    const seen: number[] = [];
    one.write((tx) => {
      const count = Number(tx.first('SELECT count(*) AS n FROM relations')?.['n']);
      seen.push(count);
      tx.run('INSERT INTO relations VALUES (?, ?, ?, ?)', [
        `run ${seen.length}`,
        'sees',
        'relates_to',
        count,
      ]);
      if (seen.length < 4) add(two, `before run ${seen.length + 1}`);
    });
    assert.deepEqual(seen, [0, 1, 2, 3]);
    const all = ['before run 2', 'before run 3', 'before run 4', 'run 4'];
    assert.deepEqual([names(one), names(two)], [all, all]);
    assert.equal(fingerprint(one), fingerprint(openStore(directory)));
  });

  it('can be read within a change, on the state that the change began with and what it did since', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    let runs = 0;
    one.write((tx) => {
      if (++runs === 1) add(two, 'theirs');
      assert.equal(names(one).length, runs - 1);
      tx.run(`INSERT INTO relations VALUES ('mine', 'c', 'd', 0)`);
      assert.equal(names(one).length, runs);
    });
    assert.deepEqual([runs, names(one)], [2, ['mine', 'theirs']]);
    assert.equal(fingerprint(one), fingerprint(two));
  });

  it('can be read within a read, on the state that this began with, also when the context vanishes meanwhile', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    add(one, 'first');
    one.read((view) => {
      add(two, 'theirs');
      fs.renameSync(directory, `${directory}-away`);
      assert.deepEqual(names(one), ['first']);
      assert.equal(view.all('SELECT * FROM relations').length, 1);
      fs.renameSync(`${directory}-away`, directory);
    });
    assert.deepEqual(names(one), ['first', 'theirs']);
    const failing = () => {
      throw new Error('the query failed');
    };
    assert.throws(() => one.read(failing), /the query failed/);
    add(two, 'later');
    assert.equal(names(one).length, 3);
  });

  it('refuses a write within a change, and both are undone', () => {
    const store = openStore();
    assert.throws(() =>
      store.write((tx) => {
        tx.run(`INSERT INTO relations VALUES ('a', 'b', 'c', 0)`);
        add(store, 'inner');
      }),
    );
    assert.deepEqual(names(store), []);
    add(store, 'later');
    assert.deepEqual(names(openStore(store.directory)), ['later']);
  });

  it('tells a follower of the rows that others changed, and of a view that was loaded anew', () => {
    const directory = temporaryContext();
    const [one, two] = [openStore(directory), openStore(directory)];
    const heard: string[] = [];
    const stop = one.follow({
      rowChanged: (table, row) => heard.push(`${table} ${row}`),
      reset: () => heard.push('reset'),
    });
    two.write((tx) => tx.run('CREATE TABLE numbered (row INTEGER PRIMARY KEY)'));
    const addRow = () => two.write((tx) => tx.run('INSERT INTO numbered DEFAULT VALUES'));
    addRow();
    one.read(() => {});
    assert.deepEqual(heard, ['numbered 1']);
    checkpoint(directory);
    one.read(() => {});
    assert.deepEqual(heard, ['numbered 1']);
    checkpoint(directory);
    checkpoint(directory);
    one.read(() => {});
    addRow();
    one.read(() => {});
    assert.deepEqual(heard, ['numbered 1', 'reset', 'numbered 2']);
    stop();
    addRow();
    one.read(() => {});
    assert.equal(heard.length, 3);
  });

  it('tells a follower first of the rows that changed since the snapshot', () => {
    const directory = temporaryContext();
    const one = openStore(directory);
    one.write((tx) => tx.run('CREATE TABLE numbered (row INTEGER PRIMARY KEY)'));
    const addRow = () => one.write((tx) => tx.run('INSERT INTO numbered DEFAULT VALUES'));
    addRow();
    checkpoint(directory);
    addRow();
    const heard: string[] = [];
    openStore(directory).follow({
      rowChanged: (table, row) => heard.push(`${table} ${row}`),
      reset: assert.fail,
    });
    assert.deepEqual(heard, ['numbered 2']);
  });

  it('that let go of its view loads it again for whatever comes next', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    add(store, 'a');
    let resets = 0;
    store.follow({ rowChanged: () => {}, reset: () => resets++ });
    store.release();
    assert.equal(resets, 1);
    add(openStore(directory), 'b');
    assert.deepEqual(names(store), ['a', 'b']);
    store.release();
    add(store, 'c');
    assert.deepEqual(names(openStore(directory)), ['a', 'b', 'c']);
  });

  it('that was closed is used no more, and can be asked and closed again without harm', () => {
    const store = openStore();
    const state = store.look();
    store.close();
    for (const use of [() => store.read(() => {}), () => store.write(() => {})])
      assert.throws(use, { code: 'PF-9001', message: /after it was closed/ });
    store.release();
    store.close();
    assert.match(store.look(), new RegExp(`^${state}`));
  });

  it('makes each commit durable, file and name, before it acknowledges', () => {
    const directory = temporaryContext();
    const opened = new Map<unknown, unknown>();
    const order: string[] = [];
    const files = interceptFiles({
      after: (operation, first, second, result) => {
        if (operation === 'openSync') opened.set(result, first);
        if (operation === 'fsyncSync')
          order.push(`sync ${path.relative(directory, String(opened.get(first)))}`);
        if (operation === 'linkSync') order.push(`link ${path.relative(directory, String(second))}`);
      },
    });
    const store = openStore(directory, { files });
    order.length = 0;
    add(store, 'a');
    const [epoch = ''] = fs.readdirSync(path.join(directory, 'epochs'));
    assert.deepEqual(order.slice(1), [`link epochs/${epoch}/00000002.tx`, `sync epochs/${epoch}`]);
    assert.match(order[0] ?? '', /^sync tmp\//);
  });

  it('does not loop for ever at a name that is taken by something that is not there', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    const [epoch = ''] = fs.readdirSync(path.join(directory, 'epochs'));
    const link = path.join(directory, 'epochs', epoch, '00000002.tx');
    fs.symlinkSync('nowhere', link);
    assert.throws(() => add(store, 'a'), { code: 'PF-4005' });
    fs.rmSync(link);
    add(store, 'b');
    assert.deepEqual(names(openStore(directory)), ['b']);
  });
});

describe('a context whose directory vanishes', () => {
  it('says PF-4008 to every call, and goes on when the directory is put back', () => {
    const { directory, away } = contextToMove();
    const store = openStore(directory);
    add(store, 'a');
    fs.renameSync(directory, away);
    for (let times = 0; times < 2; times++) {
      assert.throws(() => names(store), { code: 'PF-4008' });
      assert.throws(() => add(store, 'lost'), { code: 'PF-4008' });
    }
    assert.equal(fs.existsSync(directory), false);
    assert.throws(() => openStore(directory), { code: 'PF-4008' });
    fs.renameSync(away, directory);
    assert.deepEqual(names(store), ['a']);
    add(store, 'b');
    assert.deepEqual([names(openStore(directory)), store.problems], [['a', 'b'], []]);
  });

  it('is read anew when an older copy of it is put back', () => {
    const { directory, away } = contextToMove();
    const store = openStore(directory);
    add(store, 'old');
    fs.cpSync(directory, away, { recursive: true });
    add(store, 'new');
    fs.rmSync(directory, { recursive: true });
    assert.throws(() => names(store), { code: 'PF-4008' });
    fs.renameSync(away, directory);
    assert.deepEqual(names(store), ['old']);
    add(store, 'newer');
    const reopened = openStore(directory);
    assert.deepEqual([names(reopened), reopened.problems], [['newer', 'old'], []]);
  });

  it('is not taken for another context that was made in the same place', () => {
    const { directory } = contextToMove();
    const store = openStore(directory);
    add(store, 'a');
    fs.rmSync(directory, { recursive: true });
    createContext(nodeFiles, directory, { id: 'another', name: '', createdAt: new Date().toISOString() });
    const another = openStore(directory);
    assert.throws(() => add(store, 'b'), { code: 'PF-4008' });
    assert.throws(() => names(store), { code: 'PF-4008' });
    add(another, 'c');
    assert.deepEqual([names(openStore(directory)), another.problems], [['c'], []]);
  });
});

describe('a context that a newer Permafrost wrote to', () => {
  it('can be read up to there and refuses writes with PF-4004', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    add(store, 'a');
    const statements = [{ sql: `INSERT INTO relations VALUES ('of the future', '', '', 0)`, parameters: [] }];
    logOf(directory).tryAppend({ at: new Date().toISOString(), schema: migrations.length + 1, statements });
    for (const reader of [store, openStore(directory)]) {
      assert.deepEqual(names(reader), ['a']);
      assert.throws(() => add(reader, 'b'), { code: 'PF-4004' });
      assert.deepEqual([names(reader), reader.problems], [['a'], []]);
    }
  });

  it('refuses writes also when all that is left of the newer one is its snapshot', () => {
    const directory = temporaryContext();
    add(openStore(directory), 'a');
    checkpoint(directory);
    const log = logOf(directory);
    const newer = engine.open(log.rewind()?.database);
    newer.run(`PRAGMA user_version = ${migrations.length + 1}`);
    publishSnapshot(nodeFiles, log.paths, log.snapshotPlace, {
      database: newer.export(),
      views: new Map(),
      compressed: true,
    });
    const store = openStore(directory);
    assert.deepEqual(names(store), ['a']);
    assert.throws(() => add(store, 'b'), { code: 'PF-4004' });
  });

  it('refuses writes when a commit is in a format of the future', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    add(store, 'a');
    const start = `permafrost ${FORMAT + 1} `;
    const bytes = `${start}${sha256(Buffer.from(`${start}{}`))}\n{}`;
    assert.notEqual(frame({}).checksum, sha256(Buffer.from(`${start}{}`)));
    const [epoch = ''] = fs.readdirSync(path.join(directory, 'epochs'));
    fs.writeFileSync(path.join(directory, 'epochs', epoch, '00000003.tx'), bytes);
    for (const reader of [store, openStore(directory)]) {
      assert.deepEqual(names(reader), ['a']);
      assert.throws(() => add(reader, 'b'), { code: 'PF-4004', message: /00000003\.tx/ });
    }
  });
});

function contextToMove(): { directory: string; away: string } {
  const directory = temporaryContext();
  return { directory, away: path.join(temporaryDirectory(), 'away') };
}
