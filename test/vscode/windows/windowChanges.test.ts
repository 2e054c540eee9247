import assert from 'node:assert/strict';
import { asks, conversation, says, standinFor, to } from '../../core/windows/openWindows.ts';
import { openEditor } from '../openEditor.ts';
import { person } from '../stub/vscode.ts';
import { windowTree } from '../../../src/vscode/windows/windowTree.ts';

describe('Delete Window Permanently', () => {
  /** An editor with the window Fox, and what deletes it and gives what the person is told. */
  async function open() {
    const standin = await standinFor();
    const { ant, run } = await openEditor({ connect: to(standin) });
    const { identity, windows } = ant.context;
    const frozen = { messages: conversation(1), model: standin.model };
    const fox = await windows.freeze(frozen, { name: 'Fox' });
    const remove = async () => {
      person.answer = () => 'Delete Permanently';
      const rows = windowTree(identity.id, windows.list({ limit: 9 }).windows);
      await run(
        'deleteWindowPermanently',
        rows.find(({ window }) => window.id === fox.id),
      );
      return person.told.slice(1);
    };
    return { windows, fox, remove };
  }

  it('says that what was said is gone with the window', async () => {
    const { windows, remove } = await open();
    assert.deepEqual(await remove(), [
      'Deleted the window “Fox” permanently, with the session that was frozen as it.',
    ]);
    assert.equal(windows.sessions.list({ limit: 9 }).total, 0);
  });

  it('names the sessions that stay, which have what was said', async () => {
    const { windows, fox, remove } = await open();
    windows.clone({ windowId: fox.id }, { name: 'Clone' });
    const begun = await Promise.all([1, 2].map(() => windows.thaw({ windowId: fox.id }, { replyTokens: 1 })));
    const [{ sessionId: id } = { sessionId: null }] = begun;
    assert.ok(id !== null);
    const { turnCount, messages } = windows.sessions.get(id);
    windows.sessions.recordTurn(
      { id, turnCount },
      { messages: [...messages, asks('And when?'), says('Soon.')] },
    );
    await windows.freeze({ sessionId: id }, { name: 'Owl' });
    const [told = '', ...others] = await remove();
    assert.deepEqual(others, []);
    assert.equal(
      told,
      'Deleted the window “Fox” and its clone permanently, with the session that was frozen as it. ' +
        'What was said in it, or its beginning, may stay in “Fox” (frozen), “Fox” (can go on).',
    );
  });
});
