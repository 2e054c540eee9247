import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHUNK_BYTES } from '../../../src/core/log/chunks.ts';
import { sha256 } from '../../../src/core/log/frame.ts';
import { checkContent } from '../../../src/core/store/contentCheck.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { blobFile } from '../log/blobPlaces.ts';
import { openMemories } from '../memory/openMemories.ts';
import { conversation, openWindows } from '../windows/openWindows.ts';

const LARGE = 'It is cold. '.repeat(1_000);
const IN_CHUNKS = 'It is colder. '.repeat(100_000);

const check = (store: Store, milliseconds = 0, signal = new AbortController().signal) =>
  checkContent(store, milliseconds, signal);

/** The same with what a test has to know of what is damaged. */
async function damageOf(store: Store, milliseconds?: number) {
  const { damaged = [], ...counts } = (await check(store, milliseconds)) ?? {};
  return { ...counts, damaged: damaged.map(({ owners, error }) => `${owners.join()}: ${error.message}`) };
}

function fileOf(store: Store, content: string): string {
  return blobFile(store.directory, sha256(content));
}

describe('a check of large content', () => {
  it('has nothing to do where there is none', async () => {
    const { memories, store } = openMemories();
    memories.create([{ title: 'small', content: 'snow' }]);
    assert.deepEqual(await check(store, 1_000), { contents: 0, tried: 0, damaged: [] });
  });

  it('finds what is missing without reading: a file, a list, a chunk', async () => {
    const { memories, store } = openMemories();
    const contents = [LARGE, IN_CHUNKS, `${IN_CHUNKS}!`];
    memories.create(contents.map((content, at) => ({ title: `number ${at}`, content })));
    assert.deepEqual(await check(store), { contents: 3, tried: 0, damaged: [] });
    const [one, list] = [fileOf(store, LARGE), fileOf(store, IN_CHUNKS)];
    for (const file of [one, `${list}.list`]) fs.rmSync(file);
    const { tried, damaged } = await damageOf(store);
    assert.equal(tried, 2);
    assert.ok(damaged.some((line) => line.includes(`"${one}" is damaged: it is missing, and there is no`)));
    assert.ok(damaged.some((line) => line.includes(`there is no ${path.basename(list)}.list either`)));
    // The first chunk is that of both.
    fs.rmSync(fileOf(store, IN_CHUNKS.slice(0, CHUNK_BYTES)));
    assert.equal((await damageOf(store)).damaged.length, 3);
  });

  it('finds what is changed by reading, in the time that it has, and sooner or later all of it', async () => {
    const { memories, store } = openMemories();
    const contents = Array.from({ length: 20 }, (_, at) => `${at} ${LARGE}`);
    memories.create(contents.map((content) => ({ title: 'large', content })));
    for (const content of contents) fs.writeFileSync(fileOf(store, content), 'not a blob');
    assert.deepEqual(await damageOf(store), { contents: 20, tried: 0, damaged: [] });
    const { tried, damaged } = await damageOf(store, 10_000);
    assert.deepEqual([tried, damaged.length], [20, 20]);
    const found = new Set<string>();
    while (found.size < 20) for (const line of (await damageOf(store, 0.1)).damaged) found.add(line);
  });

  it('takes no part in what a collection does', async () => {
    const { memories, store } = openMemories();
    memories.create([{ title: 'large', content: LARGE }]);
    const trash = path.join(store.directory, 'blobs', 'trash', '0123456789abcdef');
    fs.mkdirSync(trash, { recursive: true });
    fs.renameSync(fileOf(store, LARGE), path.join(trash, sha256(LARGE)));
    assert.deepEqual(await check(store), { contents: 1, tried: 1, damaged: [] });
  });

  it('says whose it is: a memory, an earlier version, a session, a window', async () => {
    const { store, windows } = await openWindows({ maxModelLen: 100_000 });
    const { memories } = openMemories(store.directory);
    const { created } = memories.create([{ title: 'a', content: LARGE }]);
    const [{ id } = assert.fail()] = created;
    memories.update(id, { content: `${LARGE}!` });
    await windows.freeze({ messages: conversation(600) });
    fs.rmSync(path.join(store.directory, 'blobs'), { recursive: true });
    const { contents, damaged } = await damageOf(store);
    assert.equal(damaged.length, contents);
    for (const owner of [`memory ${id}`, `an earlier version of memory ${id}`, 'window '])
      assert.ok(
        damaged.some((line) => line.startsWith(owner)),
        owner,
      );
  });

  it('says in which table it is when whatever it belonged to is gone', async () => {
    const { store } = openMemories();
    const blob = store.blobs.put(LARGE);
    const version = `INSERT INTO memory_versions VALUES (7, 1, 'created', '', 'long_term', '[]', NULL, ?, 0, 0)`;
    store.write((tx) => tx.run(version, [blob]));
    fs.rmSync(fileOf(store, LARGE));
    assert.match((await damageOf(store)).damaged[0] ?? '', /^memory_versions: /);
  });

  it('says nothing of what was deleted meanwhile', async () => {
    const { memories, store } = openMemories();
    const { created } = memories.create([{ title: 'large', content: LARGE }]);
    fs.rmSync(fileOf(store, LARGE));
    const checked = damageOf(store);
    memories.deleteForGood(created.map(({ id }) => id));
    assert.deepEqual((await checked).damaged, []);
  });

  it('ends when nobody waits for it any more', async () => {
    const { memories, store } = openMemories();
    memories.create([{ title: 'large', content: LARGE }]);
    assert.equal((await check(store, 1_000, AbortSignal.abort()))?.tried, 0);
  });

  it('does not know what a newer Permafrost has', async () => {
    const { store } = openMemories();
    store.write((tx) => tx.run(`PRAGMA user_version = ${migrations.length + 1}`));
    assert.equal(await check(store), undefined);
  });
});
