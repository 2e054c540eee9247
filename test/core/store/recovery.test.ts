import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { manifestFile } from '../../../src/core/log/epochs.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { FORMAT, sha256 } from '../../../src/core/log/frame.ts';
import type { KeptView } from '../../../src/core/store/keptView.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import type { SqlEngine, SqlView } from '../../../src/core/store/sqlView.ts';
import { errno, interceptFiles } from '../log/interceptFiles.ts';
import { checkpoint, logOf, seal } from './checkpoints.ts';
import { engine, openStore, temporaryContext } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

/** SQLite of which a statement fails once, when it is told to, as it does when there is no memory left. */
class Forgetful {
  #failing: string | undefined;
  readonly engine: SqlEngine = {
    open: (file) => {
      this.#failOn('open');
      const view = engine.open(file);
      const run = view.run.bind(view);
      return Object.assign(view, {
        run: (...[sql, parameters]: Parameters<SqlView['run']>) => {
          if (sql === 'ROLLBACK' && this.#failing === 'ROLLBACK') return this.#failOn('ROLLBACK', run);
          if (sql.startsWith(this.#failing ?? '-')) return this.#failOn(this.#failing ?? '', run);
          return run(sql, parameters);
        },
      });
    },
  };

  fail(on: string): void {
    this.#failing = on;
  }

  #failOn(what: string, run?: (sql: string) => void): void {
    if (this.#failing !== what) return;
    this.#failing = undefined;
    // As SQLite does then, it ends the transaction by itself.
    run?.('ROLLBACK');
    throw new Error('out of memory');
  }
}

describe('a store whose SQLite has no memory for a moment', () => {
  const moments: Record<string, (directory: string, forgetful: Forgetful) => void> = {
    'while it takes in what another process wrote': (directory, forgetful) => {
      add(openStore(directory), 'theirs');
      forgetful.fail('INSERT');
    },
    'while it takes in many commits': (directory, forgetful) => {
      const other = openStore(directory);
      for (const name of ['one', 'two', 'three']) add(other, name);
      forgetful.fail('COMMIT');
    },
    'while it loads the view again': (directory, forgetful) => {
      add(openStore(directory), 'theirs');
      forgetful.fail('open');
    },
  };
  for (const [when, begin] of Object.entries(moments)) {
    it(`${when} has all of it afterwards, and writes on top of it`, () => {
      const directory = temporaryContext();
      const forgetful = new Forgetful();
      const store = openStore(directory, { engine: forgetful.engine });
      add(store, 'mine');
      if (when.includes('again')) store.release();
      begin(directory, forgetful);
      assert.throws(() => names(store), /out of memory/);
      add(store, 'later');
      const fresh = openStore(directory);
      assert.deepEqual([fresh.problems, store.problems], [[], []]);
      assert.equal(fingerprint(store), fingerprint(fresh));
    });
  }

  it('while it ends a transaction that the log has keeps what was acknowledged', () => {
    const directory = temporaryContext();
    const forgetful = new Forgetful();
    const store = openStore(directory, { engine: forgetful.engine });
    store.write((tx) => {
      tx.run(`INSERT INTO relations VALUES ('a', 'to', 'relates_to', 0)`);
      forgetful.fail('COMMIT');
    });
    add(store, 'b');
    assert.deepEqual(names(store), ['a', 'b']);
    assert.equal(fingerprint(store), fingerprint(openStore(directory)));
  });
});

describe('opening that fails', () => {
  it('leaves no database behind', () => {
    const directory = temporaryContext();
    add(openStore(directory), 'a');
    checkpoint(directory);
    fs.rmSync(path.join(directory, 'previous'), { recursive: true });
    fs.truncateSync(manifestOf(directory), 10);
    let open = 0;
    const counting: SqlEngine = {
      open: (file) => {
        const view = engine.open(file);
        const close = view.close.bind(view);
        open += 1;
        return Object.assign(view, { close: () => (close(), (open -= 1)) });
      },
    };
    assert.throws(() => openStore(directory, { engine: counting }), { code: 'PF-4003' });
    assert.equal(open, 0);
  });
});

describe('the way back from a snapshot', () => {
  it('is taken also when the disk cannot read it', () => {
    const { directory } = contextWithSnapshot();
    for (const failing of ['snapshot.json', '.db']) {
      const files = interceptFiles({
        before: (operation, file) => {
          const isIt =
            String(file).includes(`${path.sep}epochs${path.sep}`) && String(file).endsWith(failing);
          if (operation === 'readFileSync' && isIt) throw errno('EIO');
        },
      });
      const store = openStore(directory, { files, requestSnapshot: () => {} });
      assert.deepEqual([names(store), store.problems], [['a', 'b', 'c'], []]);
      assert.match(store.damagedSnapshots[0]?.what ?? '', /EIO/);
    }
  });

  it('is taken by an older build when a newer one made the snapshot, and it writes nothing', () => {
    const { directory } = contextWithSnapshot();
    const start = `permafrost ${FORMAT + 1} `;
    fs.writeFileSync(manifestOf(directory), `${start}${sha256(start, '{}')}\n{}`);
    const store = openStore(directory);
    assert.deepEqual(names(store), ['a', 'b', 'c']);
    assert.throws(() => add(store, 'd'), { code: 'PF-4004' });
    assert.equal(makeSnapshots(directory, engine), 0);
    fs.rmSync(path.join(directory, 'previous'), { recursive: true });
    assert.throws(() => openStore(directory), { code: 'PF-4004' });
  });
});

describe('a damaged view beside a snapshot', () => {
  it('is made again as soon as somebody asks for it', () => {
    const { directory } = contextWithSnapshot();
    const epoch = path.dirname(manifestOf(directory));
    const file = fs.readdirSync(epoch).find((name) => name.endsWith('.view')) ?? '';
    fs.truncateSync(path.join(epoch, file), 0);
    const makeWithView = (of: string): number => makeSnapshots(of, engine, nodeFiles, () => [constant]);
    assert.equal(openStore(directory, { requestSnapshot: makeWithView }).kept('constant'), undefined);
    const again = openStore(directory);
    assert.equal(Buffer.from(again.kept('constant') ?? []).toString(), 'kept');
    assert.deepEqual([again.damagedSnapshots, names(again)], [[], ['a', 'b', 'c']]);
  });
});

const constant: KeptView = {
  name: 'constant',
  restore: () => true,
  keep: () => Buffer.from('kept'),
  rowChanged: () => {},
  reset: () => {},
};

/** A context with a snapshot, the epoch before it, and a commit after it. */
function contextWithSnapshot(): { directory: string } {
  const directory = temporaryContext();
  const store = openStore(directory);
  for (const name of 'ab') add(store, name);
  seal(directory);
  makeSnapshots(directory, engine, nodeFiles, () => [constant]);
  add(store, 'c');
  return { directory };
}

function manifestOf(directory: string): string {
  const { paths, snapshotPlace } = logOf(directory);
  return manifestFile(paths.epoch(snapshotPlace.epoch));
}
