import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import * as path from 'node:path';
import type { Store } from '../../../src/core/store/store.ts';
import { packTokenIds } from '../../../src/core/windows/tokenIds.ts';
import { openStore } from '../store/openStore.ts';
import { blobFile } from '../log/blobPlaces.ts';
import { asks, conversation, nowhere, openWindows, windowsOf } from './openWindows.ts';

const options = { replyTokens: 20 };

/** Bytes of the log, of the blobs and of the pages of the database. */
function bytesOf(store: Store) {
  const files = readdirSync(store.directory, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const inFiles = (part: string) =>
    files
      .map((file) => path.join(file.parentPath, file.name))
      .filter((file) => path.relative(store.directory, file).startsWith(part))
      .reduce((sum, file) => sum + statSync(file).size, 0);
  const pages = store.read((view) => view.first('PRAGMA page_count'))?.['page_count'];
  return { log: inFiles('epochs'), blobs: inFiles('blobs'), database: 4096 * Number(pages) };
}

/** A window frozen on a stand-in, a clone of it, and a clone of the clone. */
async function family() {
  const { windows, store, standin } = await openWindows();
  const source = await windows.freeze(
    { messages: [asks('The glacier of Aletsch'), ...conversation(3)] },
    { name: 'Source', description: 'Cold', tags: ['ice'] },
  );
  const clone = windows.clone({ name: 'Source' }, { name: 'Clone' });
  const grandclone = windows.clone({ windowId: clone.id }, { name: 'Grandclone', description: 'Colder' });
  const names = (query: object = {}) => windows.list({ limit: 10, ...query }).windows.map(({ name }) => name);
  return { windows, store, standin, source, clone, grandclone, names };
}

describe('a clone', () => {
  it('has an id, a name and thaws of its own, and all the content of its source', async () => {
    const { windows, source, clone } = await family();
    const { id, name, parentId, clonedFrom, thawCount, frozenAt, ...whole } = windows.get({ name: 'Clone' });
    assert.deepEqual(
      [id, name, parentId, clonedFrom, thawCount],
      [clone.id, 'Clone', source.id, source.id, 0],
    );
    assert.ok(frozenAt >= source.frozenAt);
    assert.deepEqual({ ...source, ...whole }, source);
    await windows.thaw({ name: 'Source' }, options);
    assert.equal(windows.get({ name: 'Clone' }).thawCount, 0);
  });

  it('takes its description from the source unless it is given one', async () => {
    const { clone, grandclone } = await family();
    assert.deepEqual([clone.description, grandclone.description], ['Cold', 'Colder']);
  });

  for (const [what, turns] of [
    ['small content', 4],
    ['large content', 150],
  ] as const) {
    it(`stores its ${what} no second time`, async () => {
      const { windows, store } = await openWindows();
      await windows.freeze({ messages: conversation(turns) }, { name: 'Source' });
      const before = bytesOf(store);
      for (let count = 0; count < 20; count++) windows.clone({ name: 'Source' }, { name: `Clone ${count}` });
      const after = bytesOf(store);
      assert.equal(after.blobs, before.blobs);
      assert.ok(after.log - before.log < 20 * 2_000, `${after.log - before.log} bytes of log`);
      assert.ok(
        after.database - before.database < 20 * 1_500,
        `${after.database - before.database} bytes of database`,
      );
    });
  }

  it("shares its source's blocks on the server, and both branches go on in sessions of their own", async () => {
    const { windows, source, standin } = await family();
    standin.cache.clear();
    const first = await windows.thaw({ name: 'Source' }, { ...options, continueWith: 'And in summer?' });
    const second = await windows.thaw({ name: 'Clone' }, { ...options, continueWith: 'And in winter?' });
    assert.equal(first.cachedTokens, 0);
    assert.equal(second.status, 'verified');
    assert.equal(second.blocksFound, second.blocksExpected);
    const again = await windows.thaw({ name: 'Source' }, options);
    assert.equal(again.blocksFound, again.blocksExpected);
    const [one, two] = [first, second].map(({ sessionId }) => windows.sessions.get(sessionId ?? ''));
    assert.ok(one && two && one.id !== two.id);
    assert.deepEqual([one.salt, two.salt], [source.salt, source.salt]);
    assert.deepEqual([one.thawedFrom, two.thawedFrom], [source.id, windows.get({ name: 'Clone' }).id]);
    assert.notDeepEqual(one.messages, two.messages);
  });

  it('is found by its own facts and by what was said, not by the name of its source', async () => {
    const { names, windows } = await family();
    assert.deepEqual(names({ query: 'aletsch' }), ['Grandclone', 'Clone', 'Source']);
    assert.deepEqual(names({ query: 'colder aletsch' }), ['Grandclone']);
    assert.deepEqual(names({ query: 'source' }), ['Source']);
    windows.change({ name: 'Clone' }, { name: 'Branch' });
    assert.deepEqual(names({ query: 'branch' }), ['Branch']);
    assert.deepEqual(names({ query: 'aletsch branch' }), ['Branch']);
  });

  it('is found by what was said in a window of an earlier version, which kept all that is searched in one', async () => {
    const { windows, store, names, source } = await family();
    store.write((tx) =>
      tx.run('UPDATE windows SET search = search || char(10) || said, said = NULL WHERE id = ?', [source.id]),
    );
    assert.deepEqual(names({ query: 'aletsch' }), ['Grandclone', 'Clone', 'Source']);
    windows.change({ name: 'Source' }, { name: 'Fox' });
    assert.deepEqual(names({ query: 'aletsch fox' }), ['Fox']);
    assert.deepEqual(names({ query: 'colder glacier' }), ['Grandclone']);
  });

  it('can be made of an archived window, by its id, and by any process', async () => {
    const { windows, store } = await openWindows();
    const { id } = await windows.freeze({ messages: conversation(2) }, { name: 'Gone' });
    windows.archive({ name: 'Gone' });
    assert.throws(() => windows.clone({ name: 'Gone' }, { name: 'New' }), { code: 'PF-2003' });
    windows.clone({ windowId: id }, { name: 'Gone' });
    const other = windowsOf(openStore(store.directory), nowhere).get({ name: 'Gone' });
    assert.deepEqual([other.archived, other.clonedFrom], [false, id]);
    assert.deepEqual(other.messages, conversation(2));
  });

  it('of text alone is text alone', async () => {
    const windows = windowsOf(openStore(), nowhere);
    await windows.freeze({ messages: conversation(1) }, { name: 'Words' });
    windows.clone({ name: 'Words' }, { name: 'More words' });
    const thawed = await windows.thaw({ name: 'More words' }, options);
    assert.deepEqual([thawed.status, thawed.messages], ['text_only', conversation(1)]);
  });

  it('is not made under a name that is taken, nor of a window that is not there', async () => {
    const { windows, store, names } = await family();
    const before = store.position;
    assert.throws(() => windows.clone({ name: 'Source' }, { name: 'Clone' }), { code: 'PF-3002' });
    assert.throws(() => windows.clone({ name: 'Nothing' }, { name: 'New' }), { code: 'PF-2003' });
    assert.throws(() => windows.clone({ windowId: 'nothing' }, { name: 'New' }), { code: 'PF-2003' });
    assert.equal(store.position, before);
    assert.equal(names().length, 3);
  });
});

describe('the token ids of a window', () => {
  for (const [where, turns, type] of [
    ['in the database', 20, 'blob'],
    ['beside it when they are many', 150, 'text'],
  ] as const) {
    it(`are kept packed and compressed, ${where}`, async () => {
      const { windows, store } = await openWindows();
      const { tokenIds } = await windows.freeze({ messages: conversation(turns) });
      const kept = store.read((view) => view.first('SELECT tokens, typeof(tokens) AS type FROM windows'));
      assert.equal(kept?.['type'], type);
      const { tokens } = kept;
      const bytes =
        tokens instanceof Uint8Array
          ? tokens.length
          : statSync(blobFile(store.directory, String(tokens))).size;
      assert.ok(
        bytes < packTokenIds(tokenIds ?? []).length / 2,
        `${bytes} bytes for ${tokenIds?.length} ids`,
      );
    });
  }
});

describe('the lineage of windows', () => {
  it('is one tree of clones and of what was thawed and frozen again, whichever window is asked', async () => {
    const { windows, source, clone, grandclone } = await family();
    const second = windows.clone({ name: 'Source' }, { name: 'Second' });
    const { sessionId } = await windows.thaw({ name: 'Clone' }, options);
    const refrozen = await windows.freeze({ sessionId: sessionId ?? '' }, { name: 'Refrozen' });
    windows.archive({ name: 'Second' });
    const expected = [
      [source.id, null, 'root', 0, false],
      [clone.id, source.id, 'clone', 1, false],
      [grandclone.id, clone.id, 'clone', 2, false],
      [refrozen.id, clone.id, 'thaw', 2, false],
      [second.id, source.id, 'clone', 1, true],
    ];
    for (const window of [source, grandclone, refrozen, second]) {
      const { tree, treeTotal } = windows.lineage(windows.get({ windowId: window.id }));
      assert.deepEqual(
        tree.map(({ id, parentId, origin, depth, archived }) => [id, parentId, origin, depth, archived]),
        expected,
      );
      assert.equal(treeTotal, 5);
    }
    const { parent, children, session } = windows.lineage(clone);
    assert.deepEqual([parent?.id, children.map(({ id }) => id)], [source.id, [grandclone.id, refrozen.id]]);
    assert.equal(session?.frozenAs, source.id);
  });

  it('is shown as far as two hundred windows, and says how many there are', async () => {
    const windows = windowsOf(openStore(), nowhere);
    const source = await windows.freeze({ messages: conversation(1) }, { name: 'Source' });
    for (let count = 0; count < 205; count++) windows.clone({ name: 'Source' }, { name: `Clone ${count}` });
    const { tree, treeTotal } = windows.lineage(source);
    assert.deepEqual([tree.length, treeTotal], [200, 206]);
  });
});

describe('deleting a window with clones', () => {
  it('is refused without cascade, naming them, and changes nothing', async () => {
    const { windows, store, grandclone, names } = await family();
    const before = store.position;
    const refusal = { code: 'PF-3005', message: new RegExp(`"Clone" .*"Grandclone" \\(${grandclone.id}\\)`) };
    assert.throws(() => windows.archive({ name: 'Source' }), refusal);
    assert.throws(() => windows.deleteForGood({ name: 'Source' }), refusal);
    assert.equal(store.position, before);
    assert.deepEqual(names(), ['Grandclone', 'Clone', 'Source']);
  });

  it('takes all of them with cascade, in one commit, and lets the session go', async () => {
    const { windows, store, source, clone, grandclone, names } = await family();
    const before = store.position;
    const ids = windows.archive({ name: 'Source' }, { cascade: true });
    assert.deepEqual(ids, [source.id, clone.id, grandclone.id]);
    assert.equal(store.position, before + 1);
    assert.deepEqual(names(), []);
    const { state, frozenAs } = windows.sessions.get(source.sessionId);
    assert.deepEqual([state, frozenAs], ['active', null]);
  });

  it('takes all of them and the session with cascade when it is for good, in one commit', async () => {
    const { windows, store, source, clone, grandclone, names } = await family();
    const before = store.position;
    assert.deepEqual(windows.deleteForGood({ name: 'Source' }, { cascade: true }), {
      windows: [source.id, clone.id, grandclone.id],
      deletedSessions: [source.sessionId],
      keptSessions: [],
    });
    assert.equal(store.position, before + 1);
    assert.deepEqual(names(), []);
  });

  it('leaves the source, its session and its other clones when it is a clone itself', async () => {
    const { windows, source, names } = await family();
    windows.clone({ name: 'Source' }, { name: 'Second' });
    windows.deleteForGood({ name: 'Clone' }, { cascade: true });
    assert.deepEqual(names(), ['Second', 'Source']);
    assert.equal(windows.sessions.get(source.sessionId).frozenAs, source.id);
    assert.deepEqual(windows.get({ name: 'Second' }).messages, source.messages);
  });

  it('keeps what was thawed from one and frozen again, which has content of its own', async () => {
    const { windows } = await family();
    const { sessionId } = await windows.thaw({ name: 'Clone' }, options);
    await windows.freeze({ sessionId: sessionId ?? '' }, { name: 'Refrozen' });
    windows.deleteForGood({ name: 'Source' }, { cascade: true });
    const { parentId, messages } = windows.get({ name: 'Refrozen' });
    assert.equal(parentId, null);
    assert.ok(messages.length > 0);
    assert.equal(windows.sessions.get(sessionId ?? '').thawedFrom, null);
  });

  it('counts archived clones only where it would take their content away', async () => {
    const { windows, clone } = await family();
    windows.archive({ name: 'Clone' }, { cascade: true });
    const [id = ''] = windows.archive({ name: 'Source' });
    assert.throws(() => windows.deleteForGood({ windowId: id }), { code: 'PF-3005' });
    assert.equal(windows.deleteForGood({ windowId: id }, { cascade: true }).windows.length, 3);
    assert.throws(() => windows.get({ windowId: clone.id }), { code: 'PF-2003' });
  });
});

describe('bringing a deleted window back', () => {
  it('brings all of a cascade, in one commit, and freezes the session again', async () => {
    const { windows, store, source, names } = await family();
    const ids = windows.archive({ name: 'Source' }, { cascade: true });
    const before = store.position;
    windows.unarchive(ids);
    assert.equal(store.position, before + 1);
    assert.deepEqual(names(), ['Grandclone', 'Clone', 'Source']);
    assert.equal(windows.sessions.get(source.sessionId).frozenAs, source.id);
  });

  it('gives it another name where its own was taken meanwhile', async () => {
    const { windows, names } = await family();
    const ids = windows.archive({ name: 'Grandclone' });
    windows.clone({ name: 'Clone' }, { name: 'Grandclone' });
    assert.deepEqual(windows.unarchive(ids), [{ id: ids[0], name: 'Grandclone (2)' }]);
    assert.deepEqual(names({ query: 'grandclone (2)' }), ['Grandclone (2)']);
  });

  it('leaves a session alone that went on meanwhile', async () => {
    const { windows, source } = await family();
    const { sessionId } = await windows.thaw({ name: 'Source' }, options);
    const { id } = await windows.freeze({ sessionId: sessionId ?? '' }, { name: 'Refrozen' });
    windows.archive({ windowId: id });
    windows.sessions.recordTurn(windows.sessions.get(sessionId ?? ''), {
      messages: [...source.messages, asks('More')],
    });
    windows.unarchive([id]);
    assert.equal(windows.sessions.get(sessionId ?? '').state, 'active');
    assert.equal(windows.get({ name: 'Refrozen' }).archived, false);
  });

  it('leaves a session alone that was frozen as another window meanwhile, and let go again', async () => {
    const { windows } = await family();
    const { sessionId } = await windows.thaw({ name: 'Source' }, options);
    const freezeIt = (name: string) => windows.freeze({ sessionId: sessionId ?? '' }, { name });
    const first = await freezeIt('First');
    windows.archive({ windowId: first.id });
    const again = await freezeIt('Again');
    windows.archive({ windowId: again.id });
    windows.unarchive([first.id]);
    assert.equal(windows.sessions.get(sessionId ?? '').state, 'active');
    windows.unarchive([again.id]);
    assert.equal(windows.sessions.get(sessionId ?? '').frozenAs, again.id);
  });

  it('changes nothing of one that is there, and knows none that is not', async () => {
    const { windows, source, store } = await family();
    const before = store.position;
    assert.deepEqual(windows.unarchive([source.id]), [{ id: source.id, name: 'Source' }]);
    assert.throws(() => windows.unarchive([source.id, 'nothing']), { code: 'PF-2003' });
    assert.equal(store.position, before);
  });
});

describe('changing a window', () => {
  it('renames, describes and tags it, and searches know', async () => {
    const { windows, names, source } = await family();
    const change = { name: 'Fox', description: null, tags: ['den', 'den', 'snow'] };
    const { name, description, tags } = windows.change({ name: 'Source' }, change);
    assert.deepEqual([name, description, tags], ['Fox', null, ['den', 'snow']]);
    assert.deepEqual(names({ tags: ['den'] }), ['Fox']);
    assert.deepEqual(names({ query: 'fox aletsch' }), ['Fox']);
    assert.deepEqual(names({ query: 'source' }), []);
    assert.deepEqual(windows.get({ name: 'Fox' }).messages, source.messages);
  });

  it('reads nothing of what was said in it', async () => {
    const store = openStore();
    const windows = windowsOf(store, nowhere);
    await windows.freeze({ messages: conversation(300) }, { name: 'Long' });
    store.blobs.get = () => assert.fail('content was read');
    assert.throws(() => windows.get({ name: 'Long' }), /content was read/);
    assert.equal(windows.change({ name: 'Long' }, { name: 'Longer', tags: ['ice'] }).name, 'Longer');
  });

  it('leaves what is not named, and refuses a name that is taken', async () => {
    const { windows } = await family();
    assert.throws(() => windows.change({ name: 'Source' }, { name: 'Clone' }), { code: 'PF-3002' });
    assert.throws(() => windows.change({ name: 'None' }, { name: 'Some' }), { code: 'PF-2003' });
    const { name, description, tags } = windows.change({ name: 'Source' }, { name: 'Source' });
    assert.deepEqual([name, description, tags], ['Source', 'Cold', ['ice']]);
  });
});
