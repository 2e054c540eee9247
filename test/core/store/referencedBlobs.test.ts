import * as assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { idFactory } from '../../../src/core/ids.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { BLOB_COLUMNS, referencedBlobs } from '../../../src/core/store/referencedBlobs.ts';
import { migrations } from '../../../src/core/store/schema.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { conversation, openWindows } from '../windows/openWindows.ts';
import { openStore } from './openStore.ts';

describe('the blobs that a context refers to', () => {
  it('are those of every column that the schema has for them', () => {
    const columns = openStore().read((view) =>
      view.all(
        `SELECT m.name || '.' || c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND (c.name = 'blob' OR c.type = '')`,
      ),
    );
    assert.deepEqual(BLOB_COLUMNS.toSorted(), columns.map(({ name }) => String(name)).toSorted());
  });

  it('are all that memories, versions, sessions and windows put, archived or not', async () => {
    const { store, windows } = await openWindows({ maxModelLen: 100_000 });
    const memories = new Memories(store, { now: Date.now, newId: idFactory() });
    const { created } = memories.create([
      { title: 'a', content: 'a'.repeat(20_000) },
      { title: 'b', content: 'b'.repeat(20_000) },
    ]);
    const [a, b] = created.map(({ id }) => id);
    memories.update(a ?? '', { content: 'c'.repeat(20_000) });
    memories.archive([b ?? '']);
    await windows.freeze({ messages: conversation(600) });
    const names = store.read(referencedBlobs);
    assert.deepEqual([...(names ?? [])].toSorted(), filesOf(store));
    assert.ok(filesOf(store).length > 5, `only ${filesOf(store).length}`);
  });

  it('are not known of a schema that a newer Permafrost made', () => {
    const store = openStore();
    store.write((tx) => tx.run(`PRAGMA user_version = ${migrations.length + 1}`));
    assert.equal(store.read(referencedBlobs), undefined);
  });
});

function filesOf(store: Store): string[] {
  return readdirSync(path.join(store.directory, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();
}
