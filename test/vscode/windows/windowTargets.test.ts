import assert from 'node:assert/strict';
import { conversation } from '../../core/windows/openWindows.ts';
import { until } from '../../editor/until.ts';
import { openEditor } from '../openEditor.ts';
import { person, Uri, window } from '../stub/vscode.ts';
import { windowUriParts } from '../../../src/vscode/windows/windowUri.ts';

/** An editor with the windows Fox and Owl, which was deleted, and the page of one of them in front. */
async function open(front: 'Fox' | 'Owl') {
  const { ant, run } = await openEditor();
  const { identity, windows } = ant.context;
  const fox = await windows.freeze({ messages: conversation(1) }, { name: 'Fox' });
  const owl = await windows.freeze({ messages: conversation(1) }, { name: 'Owl' });
  windows.archive({ windowId: owl.id });
  const offered: unknown[] = [];
  person.pick = (items) => {
    offered.push(...items);
    return undefined;
  };
  const address = { context: identity.id, window: (front === 'Fox' ? fox : owl).id };
  const uri = Uri.from({ scheme: 'permafrost-window', ...windowUriParts(address, 'ant', front) });
  window.activeTextEditor = { document: { uri } };
  const names = () => windows.list({ limit: 9, sort: 'name' }).windows.map(({ name }) => name);
  return { run, windows, fox, owl, offered, names };
}

describe('Restore Window', () => {
  const picked = person.pick;
  afterEach(() => (person.pick = picked));

  it('brings back the deleted window whose page is in front', async () => {
    const { run, names, offered } = await open('Owl');
    await run('restoreWindow');
    assert.deepEqual([names(), offered], [['Fox', 'Owl'], []]);
  });

  it('offers what was deleted when the window whose page is in front was not', async () => {
    const { run, names, offered } = await open('Fox');
    await run('restoreWindow');
    assert.deepEqual(names(), ['Fox']);
    assert.match(JSON.stringify(offered), /"label":"Owl"/);
    assert.equal(offered.length, 1);
  });

  it('says that a window is gone whose page is in front, and offers others', async () => {
    const { run, windows, fox, offered } = await open('Fox');
    windows.deleteForGood({ windowId: fox.id });
    await run('restoreWindow');
    assert.deepEqual(person.told, [
      'The window of this page was deleted permanently. It cannot be brought back.',
    ]);
    assert.equal(offered.length, 1);
  });
});

describe('Delete Window', () => {
  it('says of a deleted window whose page is in front that it is, and offers to bring it back', async () => {
    const { run, windows, owl, names } = await open('Owl');
    const { state } = windows.sessions.get(owl.sessionId);
    person.answer = () => 'Restore';
    await run('deleteWindow');
    assert.deepEqual(person.told, ['The window “Owl” was deleted before.|Restore']);
    await until('it is back', async () => names().includes('Owl') || undefined);
    assert.notEqual(windows.sessions.get(owl.sessionId).state, state);
  });

  it('does nothing to a window that is gone but say so', async () => {
    const { run, windows, fox } = await open('Fox');
    windows.deleteForGood({ windowId: fox.id });
    await run('deleteWindow');
    assert.deepEqual(person.told, [
      'The window of this page was deleted permanently. It cannot be brought back.',
    ]);
  });
});
