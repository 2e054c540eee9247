import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHUNK_BYTES } from '../../../src/core/log/chunks.ts';
import { collectBlobs } from '../../../src/core/log/collectBlobs.ts';
import { ContextPaths } from '../../../src/core/log/epochs.ts';
import { nodeFiles, type FileOps } from '../../../src/core/log/files.ts';
import { referencedBlobs } from '../../../src/core/store/referencedBlobs.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { add } from '../store/views.ts';
import { openStore, temporaryContext, temporaryDirectory } from '../store/openStore.ts';
import { storeContent } from '../../../src/core/memory/rows.ts';
import { logOf } from '../store/checkpoints.ts';
import { interceptFiles, NthCall, type FileOperation } from './interceptFiles.ts';

const SMALL = 'Kept in one file. '.repeat(1000);
const LARGE = 'Kept in chunks. '.repeat(CHUNK_BYTES / 16 + 1000);
const CONTENTS = { 'one file': SMALL, chunks: LARGE };
const snapshots = { requestSnapshot: () => {} };

const others = new Map<string, Store>();

afterEach(() => others.clear());

/** What all other processes together have open of a context. */
function otherStore(directory: string): Store {
  const store = others.get(directory) ?? openStore(directory, snapshots);
  others.set(directory, store);
  return store;
}

/** What the snapshot maker does after the snapshot of the last seal. */
function collect(directory: string, files: FileOps = nodeFiles): void {
  const store = otherStore(directory);
  const names = store.read(referencedBlobs);
  assert.ok(names);
  collectBlobs(files, new ContextPaths(directory), { at: store.position, names }, () => headOf(directory));
}

function headOf(directory: string): number {
  return logOf(directory).position;
}

/** A row that refers to `content`, written as memories are; `between` happens in the attempt, before it is committed. */
function write(store: Store, id: string, content: string, between: () => void = () => {}): void {
  const stored = storeContent(store.blobs, content);
  store.write((tx) => {
    const { blob, size } = stored();
    between();
    tx.run(
      `INSERT INTO memories (id, title, tier, tags, blob, size, version, change, created_at, updated_at, updated_commit)
       VALUES (?, '', 'long_term', '[]', ?, ?, 1, 'created', 0, 0, 0)`,
      [id, blob, size],
    );
  });
}

function forget(store: Store, id: string): void {
  store.write((tx) => tx.run('DELETE FROM memories WHERE id = ?', [id]));
}

function texts(directory: string): Record<string, string> {
  const store = otherStore(directory);
  const rows = store.read((view) => view.all('SELECT id, blob FROM memories ORDER BY id'));
  return Object.fromEntries(rows.map(({ id, blob }) => [String(id), store.blobs.text(String(blob))]));
}

/** The files of blobs, wherever they are. */
function filesIn(directory: string, under = ''): string[] {
  return fs
    .readdirSync(path.join(directory, 'blobs', under), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

/** As often as it takes until nothing is left to do: each collection sees a commit after the one before. */
function collectAll(directory: string): void {
  const store = otherStore(directory);
  for (let round = 0; round < 3; round++) {
    add(store, `round ${round} ${Math.random()}`);
    collect(directory);
  }
}

/** A context in which the blobs of `content` are there and nothing refers to them any more. */
function withForgotten(content: string): string {
  const directory = temporaryContext();
  const store = otherStore(directory);
  write(store, 'kept', `kept ${content}`);
  write(store, 'old', content);
  forget(store, 'old');
  return directory;
}

/** What a process does, with the files given. */
const ACTS: Record<string, (directory: string, content: string, files: FileOps, store: Store) => void> = {
  'a writer': (_directory, content, _files, store) => write(store, 'new', content),
  'a collection': (directory, _content, files) => collect(directory, files),
  'a reader': (_directory, content, _files, store) => {
    const row = store.read((view) => view.first(`SELECT blob FROM memories WHERE id = 'moved'`));
    assert.equal(store.blobs.text(String(row?.['blob'])), `moved ${content}`);
  },
};

/** What other processes do meanwhile. */
const INTERFERENCES: Record<string, (directory: string, content: string) => void> = {
  'another collection comes': (directory) => collect(directory),
  'collections come as the log goes on': (directory) => collectAll(directory),
  'another writer and a collection come': (directory, content) => {
    write(otherStore(directory), 'theirs', content);
    collect(directory);
  },
  'another writer and collections come as the log goes on': (directory, content) => {
    write(otherStore(directory), 'theirs', content);
    collectAll(directory);
  },
};

/** What comes between these and the operation before can as well come before that. */
const WITHIN = new Set<FileOperation>(['closeSync', 'fsyncSync', 'writeSync']);

/** The same, and one is in the trash although something refers to it, which was committed after a collection came. */
function withMoved(content: string): string {
  const directory = withForgotten(content);
  write(openStore(directory, snapshots), 'moved', `moved ${content}`, () => collect(directory));
  return directory;
}

/** The files of `content`, and of nothing else here. */
function filesOnlyOf(content: string): string[] {
  const known = filesOf.get(content);
  if (known !== undefined) return known;
  const directory = temporaryContext();
  write(otherStore(directory), 'only', content);
  const files = filesIn(directory);
  filesOf.set(content, files);
  return files;
}

const filesOf = new Map<string, string[]>();

/** @returns whether `act` made so many calls at all */
function interleave(
  template: string,
  content: string,
  at: number,
  act: (directory: string, content: string, files: FileOps, store: Store) => void,
  interfere: (directory: string, content: string) => void,
): boolean {
  const nth = new NthCall('before', (operation) => !WITHIN.has(operation));
  const directory = copyOf(template);
  const store = openStore(directory, { ...snapshots, files: nth.files });
  nth.set(at, () => interfere(directory, content));
  act(directory, content, nth.files, store);
  const reached = nth.count > at;
  nth.set(undefined);
  const expected = new Set([
    'kept',
    'moved',
    ...(act === ACTS['a writer'] ? ['new'] : []),
    ...openIds(directory),
  ]);
  assertWhole(directory, content, [...expected]);
  return reached;
}

/** @returns whether `act` made so many calls at all */
function kill(
  template: string,
  content: string,
  at: number,
  act: (directory: string, content: string, files: FileOps, store: Store) => void,
): boolean {
  const directory = copyOf(template);
  let dead = false;
  let left = Number.POSITIVE_INFINITY;
  const files = interceptFiles({
    before: () => {
      dead ||= left-- <= 0;
      if (dead) throw new Error('killed');
    },
  });
  const store = openStore(directory, { ...snapshots, files });
  left = at;
  try {
    act(directory, content, files, store);
  } catch (thrown) {
    assert.match(String(thrown), /killed/);
  }
  left = Number.POSITIVE_INFINITY;
  const reached = dead;
  dead = false;
  assertWhole(directory, content, ['kept', 'moved', ...openIds(directory)]);
  return reached;
}

function copyOf(template: string): string {
  const directory = temporaryDirectory();
  fs.cpSync(template, directory, { recursive: true });
  return directory;
}

function openIds(directory: string): string[] {
  return Object.keys(texts(directory));
}

function textOf(id: string, content: string): string {
  return id === 'kept' || id === 'moved' ? `${id} ${content}` : content;
}

/** These memories can be read, now and after more collections, and then nothing else is left. */
function assertWhole(directory: string, content: string, ids: readonly string[]): void {
  const expected = Object.fromEntries([...new Set(ids)].toSorted().map((id) => [id, textOf(id, content)]));
  assert.deepEqual(texts(directory), expected);
  collectAll(directory);
  collectAll(directory);
  assert.deepEqual(texts(directory), expected);
  const files = [...new Set(Object.values(expected))].flatMap(filesOnlyOf);
  assert.deepEqual(filesIn(directory).toSorted(), [...new Set(files)].toSorted());
}

describe('a collection of blobs', () => {
  for (const [what, content] of Object.entries(CONTENTS)) {
    describe(`kept as ${what}`, () => {
      it('deletes what nothing refers to, at the second time that the log has gone on, and nothing else', () => {
        const directory = withForgotten(content);
        const store = otherStore(directory);
        write(store, 'same', `kept ${content}`);
        forget(store, 'same');
        const before = filesIn(directory).length;
        collect(directory);
        assert.equal(filesIn(directory).length, before);
        assert.ok(filesIn(directory, 'trash').length > 0);
        collect(directory);
        assert.equal(filesIn(directory).length, before);
        add(store, 'on');
        collect(directory);
        const only = temporaryContext();
        write(openStore(only, snapshots), 'kept', `kept ${content}`);
        assert.deepEqual(filesIn(directory).toSorted(), filesIn(only).toSorted());
        assert.deepEqual(texts(directory), { kept: `kept ${content}` });
        add(store, 'further');
        collect(directory);
        assert.deepEqual(fs.readdirSync(path.join(directory, 'blobs', 'trash')), []);
      });

      it('leaves what only the history of something refers to', () => {
        const directory = temporaryContext();
        const store = otherStore(directory);
        const stored = storeContent(store.blobs, content);
        store.write((tx) =>
          tx.run(
            `INSERT INTO memory_versions VALUES (1, 1, 'created', '', 'long_term', '[]', NULL, ?, ?, 0)`,
            [stored().blob, stored().size],
          ),
        );
        const before = filesIn(directory).toSorted();
        collectAll(directory);
        assert.deepEqual(filesIn(directory).toSorted(), before);
      });

      it('spares what was put and is committed only after collections, the log not having gone on', () => {
        const directory = withForgotten(content);
        write(openStore(directory, snapshots), 'new', content, () => {
          for (let times = 0; times < 3; times++) collect(directory);
        });
        assert.equal(texts(directory)['new'], content);
        collectAll(directory);
        assert.deepEqual(texts(directory), { kept: `kept ${content}`, new: content });
      });

      it('spares it also from what a killed collection left behind', () => {
        const directory = withForgotten(content);
        write(openStore(directory, snapshots), 'new', content, () => {
          const killed = (): never => {
            throw new Error('killed');
          };
          const references = { at: 1, names: new Set<string>() };
          assert.throws(
            () => collectBlobs(nodeFiles, new ContextPaths(directory), references, killed),
            /killed/,
          );
          for (let times = 0; times < 3; times++) collect(directory);
        });
        collectAll(directory);
        assert.deepEqual(texts(directory), { kept: `kept ${content}`, new: content });
      });

      it('makes a writer that was stopped in the middle put it again, when the log has gone on', () => {
        const directory = withForgotten(content);
        let attempts = 0;
        write(openStore(directory, snapshots), 'new', content, () => {
          if (attempts++ > 0) return;
          collectAll(directory);
          assert.ok(!filesIn(directory).some((name) => filesOnlyOf(content).includes(name)));
        });
        assert.equal(attempts, 2);
        collectAll(directory);
        assert.deepEqual(texts(directory), { kept: `kept ${content}`, new: content });
      });

      for (const [doing, act] of Object.entries(ACTS)) {
        for (const [interference, interfere] of Object.entries(INTERFERENCES)) {
          // Chunks make for many more operations, of the same kinds.
          if (content === LARGE && !interference.endsWith('as the log goes on')) continue;
          it(`loses nothing when ${interference} between any two file operations of ${doing}`, () => {
            const template = withMoved(content);
            for (let at = 0, reached = true; reached; at++) {
              reached = interleave(template, content, at, act, interfere);
            }
          });
        }

        it(`loses and leaves nothing when ${doing} is killed at any file operation`, () => {
          const template = withMoved(content);
          for (let at = 0, reached = true; reached; at++) reached = kill(template, content, at, act);
        });
      }
    });
  }

  it('touches nothing when something that is referred to is missing', () => {
    const directory = withForgotten(LARGE);
    const [list = ''] = filesIn(directory).filter(
      (name) => filesOnlyOf(`kept ${LARGE}`).includes(name) && name.endsWith('.list'),
    );
    fs.rmSync(path.join(directory, 'blobs', list.slice(0, 2), list));
    const before = filesIn(directory).toSorted();
    assert.throws(() => collect(directory), { code: 'PF-4003' });
    assert.deepEqual(filesIn(directory).toSorted(), before);
    assert.ok(!fs.existsSync(path.join(directory, 'blobs', 'trash')));
  });

  it('has for itself what another one left open before it asks for the last commit', () => {
    const directory = withForgotten(SMALL);
    const left = path.join(directory, 'blobs', 'trash', '0123456789abcdef');
    fs.mkdirSync(left, { recursive: true });
    let asked = false;
    collectBlobs(nodeFiles, new ContextPaths(directory), { at: 1, names: new Set() }, () => {
      asked = true;
      assert.ok(!fs.existsSync(left));
      return headOf(directory);
    });
    assert.ok(asked);
  });

  it('asks for the last commit when nothing comes into the trash any more', () => {
    const directory = withForgotten(LARGE);
    const operations: string[] = [];
    const files = interceptFiles({
      before: (operation, from) => operations.push(`${operation} ${String(from)}`),
    });
    collectBlobs(files, new ContextPaths(directory), { at: 1, names: new Set() }, () => {
      operations.splice(0);
      return headOf(directory);
    });
    assert.equal(operations.length, 1);
    assert.match(operations[0] ?? '', /^renameSync .*trash.[0-9a-f]{16}$/);
  });
});
