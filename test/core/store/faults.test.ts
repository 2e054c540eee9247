import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { PermafrostError } from '../../../src/core/errors.ts';
import type { FileOps } from '../../../src/core/log/files.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { errno, interceptFiles, NthCall } from '../log/interceptFiles.ts';
import { checkpoint, logOf, readToEnd, seal } from './checkpoints.ts';
import { engine, openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { add, fingerprint, names } from './views.ts';

const noSnapshots = { requestSnapshot: () => {} };
const codes = ['ENOSPC', 'EIO', 'EACCES', 'EROFS'];

interface Attempt {
  readonly directory: string;
  readonly files: FileOps;
  /** Opened, with `files`, before the context came to the state that it has now. */
  readonly store: Store;
}

/** What a process does; `done` says what of it is to be found afterwards, given the error that it got if any. */
interface Activity {
  readonly run: (attempt: Attempt) => void;
  readonly expected: (error: PermafrostError | undefined) => readonly string[] | 'either';
  /** It is below the store, and passes on what the file system said. */
  readonly raw?: boolean;
}

const unchanged = () => ['a', 'b', 'c'];

const activities: Record<string, Activity> = {
  opening: {
    run: ({ directory, files }) => openStore(directory, { files, ...noSnapshots }),
    expected: unchanged,
  },
  reading: { run: ({ store }) => names(store), expected: unchanged },
  writing: {
    run: ({ store }) => add(store, 'mine'),
    // It must not be there after an error that says so, and it must be there without one.
    expected: (error) => {
      if (error?.code === 'PF-4009') return 'either';
      return error === undefined ? ['a', 'b', 'c', 'mine'] : unchanged();
    },
  },
  sealing: {
    run: ({ directory, files }) => {
      const log = logOf(directory);
      const failing = logOf(directory, files);
      try {
        failing.trySeal(new Date().toISOString());
      } finally {
        readToEnd(failing);
        readToEnd(log);
        assert.equal(failing.position, log.position);
      }
    },
    expected: unchanged,
    raw: true,
  },
  'making a snapshot': {
    run: ({ directory, files }) => makeSnapshots(directory, engine, files),
    expected: unchanged,
    raw: true,
  },
};

/** What was done to the context since the store was opened. */
const histories: Record<string, (directory: string) => void> = {
  'a commit': () => {},
  'a seal': seal,
  'a checkpoint': checkpoint,
};

describe('when any one file operation fails, before or after it was done', () => {
  for (const [doing, activity] of Object.entries(activities)) {
    for (const [history, happen] of Object.entries(histories)) {
      it(`${doing} after ${history} acknowledges nothing that is not there, and all works again afterwards`, () => {
        const template = templateOf(happen);
        for (const when of ['before', 'after'] as const) {
          for (let at = 0, reached = true; reached; at++) {
            reached = failOnce(template, activity, when, at, codes[at % codes.length] ?? '');
          }
        }
      });
    }
  }

  for (const code of codes) {
    it(`a write tells ${code} as an error of storage, whichever operation it was`, () => {
      const template = templateOf(() => {});
      const { expected } = activities['writing'] ?? { expected: unchanged };
      for (let at = 0, reached = true; reached; at++) {
        reached = failOnce(
          template,
          { run: ({ store }) => add(store, 'mine'), expected },
          'before',
          at,
          code,
        );
      }
    });
  }
});

describe('when a process dies at any file operation', () => {
  for (const doing of ['opening', 'writing', 'sealing', 'making a snapshot']) {
    for (const [history, happen] of Object.entries(histories)) {
      it(`${doing} after ${history} leaves the context whole and writable for others`, () => {
        const template = templateOf(happen);
        for (let at = 0, died = true; died; at++) died = dieAt(template, activities[doing]?.run, at);
      });
    }
  }
});

describe('when a disk is full for good', () => {
  it('writes fail with PF-4005, and reads go on, with what others write', () => {
    const directory = temporaryContext();
    let full = false;
    const files = interceptFiles({
      before: (operation) => {
        if (full && ['writeSync', 'mkdirSync', 'linkSync'].includes(operation)) throw errno('ENOSPC');
      },
    });
    const [store, other] = [openStore(directory, { files }), openStore(directory)];
    full = true;
    for (let at = 0; at < 3; at++) {
      assert.throws(() => add(store, 'refused'), { code: 'PF-4005' });
      add(other, String(at));
      checkpoint(directory);
      assert.equal(names(store).length, at + 1);
    }
    full = false;
    add(store, 'taken');
    assert.deepEqual(names(openStore(directory)), ['0', '1', '2', 'taken']);
  });
});

interface Template {
  readonly before: string;
  readonly now: string;
}

function templateOf(happen: (directory: string) => void): Template {
  const [before, now] = [temporaryDirectory(), temporaryContext()];
  const store = openStore(now);
  add(store, 'a');
  seal(now);
  add(store, 'b');
  fs.cpSync(now, before, { recursive: true });
  happen(now);
  add(store, 'c');
  return { before, now };
}

/** @returns whether the activity made so many calls at all */
function failOnce(
  template: Template,
  { run, expected, raw = false }: Activity,
  when: 'before' | 'after',
  at: number,
  code: string,
): boolean {
  const directory = temporaryDirectory();
  const nth = new NthCall(when, (operation) => operation !== 'existsSync');
  fs.cpSync(template.before, directory, { recursive: true });
  const store = openStore(directory, { files: nth.files, ...noSnapshots });
  fs.rmSync(directory, { recursive: true });
  fs.cpSync(template.now, directory, { recursive: true });
  nth.set(at, () => {
    throw errno(code);
  });
  const error = errorOf(() => run({ directory, files: nth.files, store }), raw);
  const reached = nth.count > at;
  nth.set(undefined);
  const fresh = openStore(directory, noSnapshots);
  const wanted = expected(error);
  if (wanted !== 'either') assert.deepEqual(names(fresh), wanted, `${error?.message}`);
  assert.equal(fingerprint(store), fingerprint(fresh));
  add(store, 'then');
  add(fresh, 'there');
  makeSnapshots(directory, engine);
  const later = openStore(directory);
  assert.deepEqual([store.problems, fresh.problems, later.problems], [[], [], []]);
  assert.deepEqual([fingerprint(store), fingerprint(fresh)], [fingerprint(later), fingerprint(later)]);
  return reached;
}

/** @returns whether it came so far: a dead process does nothing more, so from there on nothing succeeds */
function dieAt(template: Template, run: Activity['run'] | undefined, at: number): boolean {
  const directory = temporaryDirectory();
  let count = Number.NEGATIVE_INFINITY;
  const files = interceptFiles({
    before: () => {
      if (count++ >= at) throw errno('dead');
    },
  });
  fs.cpSync(template.before, directory, { recursive: true });
  const store = openStore(directory, { files, ...noSnapshots });
  fs.rmSync(directory, { recursive: true });
  fs.cpSync(template.now, directory, { recursive: true });
  count = 0;
  let finished = false;
  try {
    run?.({ directory, files, store });
    finished = true;
  } catch (thrown) {
    assert.match(String(thrown), /dead/);
  }
  const died = count > at;
  const fresh = openStore(directory, noSnapshots);
  const mine = run === activities['writing']?.run && (finished || names(fresh).includes('mine'));
  assert.deepEqual(names(fresh), mine ? ['a', 'b', 'c', 'mine'] : ['a', 'b', 'c']);
  add(fresh, 'then');
  checkpoint(directory);
  const later = openStore(directory);
  assert.deepEqual([fresh.problems, later.problems], [[], []]);
  assert.equal(fingerprint(later), fingerprint(fresh));
  assert.equal(fs.readdirSync(path.join(directory, 'epochs')).length, 1);
  return died;
}

/** The error that `work` ends with, if any: of storage, and told so unless it may be `raw`. */
function errorOf(work: () => void, raw: boolean): PermafrostError | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof PermafrostError)) {
      assert.ok(raw, String(thrown));
      assert.match(String(thrown), /made to fail/);
      return undefined;
    }
    assert.match(thrown.code, /^PF-4/);
    return thrown;
  }
}
