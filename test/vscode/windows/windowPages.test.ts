import assert from 'node:assert/strict';
import { conversation } from '../../core/windows/openWindows.ts';
import { openEditor } from '../openEditor.ts';
import { registered, Uri } from '../stub/vscode.ts';
import { windowUriParts } from '../../../src/vscode/windows/windowUri.ts';

/** An editor with a window of the active folder, and the address of its page. */
async function withWindow() {
  const { ant, ...editor } = await openEditor();
  const { identity, windows } = ant.context;
  const window = await windows.freeze({ messages: conversation(1) }, { name: 'Fox' });
  const uri = pageOf(identity.id, window.id);
  return { ...editor, windows, window, uri };
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

describe('the report of a command', () => {
  it('says what became of it in an editor that was reloaded', async () => {
    await openEditor();
    const uri = Uri.from({ scheme: 'permafrost-report', path: '/Thaw of Fox.md' });
    assert.match(String(await read(uri)), /from before the window was reloaded/);
  });
});
