import assert from 'node:assert/strict';
import { windowTree, type WindowNode } from '../../../src/vscode/windows/windowTree.ts';
import { windowAddressIn, windowUriParts } from '../../../src/vscode/windows/windowUri.ts';
import { openStore } from '../../core/store/openStore.ts';
import { conversation, nowhere, windowsOf } from '../../core/windows/openWindows.ts';

type Shown = [name: string, ...below: Shown[]];
const shown = ({ window, children }: WindowNode): Shown => [window.name, ...children.map(shown)];

/** `B` and its clone, which was thawed and frozen again; `A`, frozen before. */
async function someWindows() {
  const windows = windowsOf(openStore(), nowhere);
  await windows.freeze({ messages: conversation(1) }, { name: 'A' });
  await windows.freeze({ messages: conversation(1) }, { name: 'B' });
  windows.clone({ name: 'B' }, { name: 'Clone' });
  const { sessionId } = await windows.thaw({ name: 'Clone' }, { replyTokens: 1 });
  await windows.freeze({ sessionId: sessionId ?? '' }, { name: 'Refrozen' });
  return { windows, tree: () => windowTree('C1', windows.list({ limit: 10 }).windows).map(shown) };
}

describe('the rows of the Frozen Windows view', () => {
  it('stand below the window that they came of, the last frozen first', async () => {
    const { windows, tree } = await someWindows();
    assert.deepEqual(tree(), [['B', ['Clone', ['Refrozen']]], ['A']]);
    windows.clone({ name: 'B' }, { name: 'Second' });
    assert.deepEqual(tree(), [['B', ['Second'], ['Clone', ['Refrozen']]], ['A']]);
  });

  it('stand at the top where that window is not shown', async () => {
    const { windows, tree } = await someWindows();
    windows.archive({ name: 'Clone' });
    assert.deepEqual(tree(), [['Refrozen'], ['B'], ['A']]);
    windows.archive({ name: 'B' });
    assert.deepEqual(tree(), [['Refrozen'], ['A']]);
  });
});

describe('the address of the page of a window', () => {
  it('says which window it is, and reads well whatever that is called', () => {
    const address = { context: 'C', window: 'W' };
    const uri = windowUriParts(address, 'tidepool', 'a/b: c?');
    assert.equal(uri.path, '/tidepool/a b c.md');
    assert.deepEqual(windowAddressIn(uri), address);
    assert.equal(windowAddressIn({ query: 'context=C' }), undefined);
  });
});
