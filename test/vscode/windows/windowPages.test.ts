import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OpenContext } from '../../../src/tools/environment.ts';
import { conversation } from '../../core/windows/openWindows.ts';
import { openTools } from '../../tools/openTools.ts';
import { openEditor } from '../openEditor.ts';
import {
  events,
  person,
  registered,
  TabInputText,
  Uri,
  window as workbench,
  workspace,
} from '../stub/vscode.ts';
import { windowUriParts } from '../../../src/vscode/windows/windowUri.ts';

const { ContextWatch } = await import('../../../src/vscode/contexts/contextWatch.ts');
const { WindowPages, windowUri } = await import('../../../src/vscode/windows/windowPages.ts');

/** An editor with a window of the active folder, and the address of its page. */
async function withWindow() {
  const { ant, run } = await openEditor();
  const { identity, windows } = ant.context;
  const window = await windows.freeze({ messages: conversation(1) }, { name: 'Fox' });
  const uri = pageOf(identity.id, window.id);
  return { run, windows, window, uri };
}

const pageOf = (context: string, window: string) =>
  Uri.from({ scheme: 'permafrost-window', ...windowUriParts({ context, window }, 'ant', 'Fox') });

const read = async (uri: Uri) => registered.content.get(uri.scheme)?.provideTextDocumentContent(uri);

describe('the page of a window', () => {
  it('is read in an editor that was reloaded, where nothing has used Permafrost before', async () => {
    const { uri } = await withWindow();
    assert.match(String(await read(uri)), /^# Window “Fox”/);
  });
});

describe('the page of a window that was open before the extension was started anew', () => {
  afterEach(() => (workspace.textDocuments = []));

  it('is read anew when Permafrost is used', async () => {
    const { run, uri } = await withWindow();
    workspace.textDocuments = [{ uri }, { uri: Uri.parse('file:///fox.txt') }];
    const changed: string[] = [];
    registered.content.get(uri.scheme)?.onDidChange((each) => changed.push(each.toString()));
    await run('refresh');
    assert.deepEqual(changed, [uri.toString()]);
  });
});

describe('showing a window', () => {
  afterEach(() => (workbench.tabGroups.all = []));

  it('turns to the tab that it has, though the name in its address is not its own any more', async () => {
    const { run, windows, window, uri } = await withWindow();
    workbench.tabGroups.all = [{ tabs: [{ input: new TabInputText(uri) }] }];
    windows.change({ windowId: window.id }, { name: 'Owl' });
    await run('showWindow');
    assert.deepEqual(person.shown.map(String), [uri.toString()]);
  });
});

describe('the pages of windows', () => {
  const opened: { dispose(): void }[] = [];
  afterEach(() => opened.splice(0).forEach((each) => each.dispose()));

  /** Pages over a context that is opened when `open` is called, and who watches it. */
  async function pages() {
    const context = await openTools().environment.context(undefined, 'write');
    const window = await context.windows.freeze({ messages: conversation(1) }, { name: 'Fox' });
    const uri = windowUri(context, window);
    let open: () => void = () => undefined;
    const openById = () => new Promise<OpenContext>((resolve) => (open = () => resolve(context)));
    const watch = new ContextWatch({ error: assert.fail });
    const refreshed: string[] = [];
    const page = new WindowPages({ openById }, watch, { refresh: (each) => refreshed.push(each.toString()) });
    const change = (name: string) => {
      context.windows.change({ windowId: window.id }, { name });
      watch.look();
    };
    opened.push(page, watch);
    return { page, uri, open: () => open(), change, refreshed };
  }

  it('are read anew when the context has changed, for as long as they are open', async () => {
    const { page, uri, open, change, refreshed } = await pages();
    const reading = page.provideTextDocumentContent(uri);
    open();
    await reading;
    change('Arctic fox');
    assert.deepEqual(refreshed, [uri.toString()]);
    events.closedDocument.fire({ uri });
    await nextTurn();
    change('Red fox');
    assert.equal(refreshed.length, 1);
  });

  it('are not watched when they were closed while they were being opened', async () => {
    const { page, uri, open, change, refreshed } = await pages();
    const reading = page.provideTextDocumentContent(uri);
    events.closedDocument.fire({ uri });
    open();
    await reading;
    await nextTurn();
    change('Arctic fox');
    assert.deepEqual(refreshed, []);
  });
});

describe('the report of a command', () => {
  it('says what became of it in an editor that was reloaded', async () => {
    await openEditor();
    const uri = Uri.from({ scheme: 'permafrost-report', path: '/Thaw of Fox.md' });
    assert.match(String(await read(uri)), /from before the window was reloaded/);
  });
});
