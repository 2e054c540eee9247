import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { conversation, standinFor, to } from '../../core/windows/openWindows.ts';
import { openEditor } from '../openEditor.ts';
import { events, person, registered, Uri } from '../stub/vscode.ts';

const { ContextWatch } = await import('../../../src/vscode/contexts/contextWatch.ts');
const { WindowPages } = await import('../../../src/vscode/windows/windowPages.ts');

/** An editor in which `ant` has a frozen window, and its page. */
async function withPage() {
  const standin = await standinFor();
  const editor = await openEditor({ connect: to(standin) });
  const { windows, identity } = editor.ant.context;
  const frozen = { messages: conversation(1), model: standin.model };
  const { id } = await windows.freeze(frozen, { name: 'Fox' });
  const query = new URLSearchParams({ context: identity.id, window: id }).toString();
  const uri = Uri.from({ scheme: 'permafrost-window', path: '/ant/Fox.md', query });
  return { ...editor, windows, uri, id };
}

function provider(scheme: string) {
  const pages = registered.content.get(scheme);
  assert.ok(pages, scheme);
  return pages;
}

const read = (uri: Uri) => provider(uri.scheme).provideTextDocumentContent(uri);

/** The stub's stands for the editor's. */
function vscodeUri(uri: object): vscode.Uri {
  assertUri(uri);
  return uri;
}

function assertUri(_uri: object): asserts _uri is vscode.Uri {}

/** The pages that the editor is told to read anew. */
function announced(): Uri[] {
  const uris: Uri[] = [];
  provider('permafrost-window').onDidChange((uri) => uris.push(uri));
  return uris;
}

describe('The page of a window', () => {
  it('is read when the editor restores it, before anything else is used', async () => {
    const { uri } = await withPage();
    assert.match(await read(uri), /^# Window “Fox”/);
  });

  it('is read anew when its context changes, until it is closed', async () => {
    const { uri, run } = await withPage();
    await read(uri);
    const changed = announced();
    await run('deleteWindow', uri);
    assert.deepEqual(changed.map(String), [String(uri)]);
    events.closedDocument.fire({ uri });
    await run('restoreWindow', uri);
    assert.equal(changed.length, 1);
  });

  it('is not watched when it is closed while it is read', async () => {
    const { ant, uri, id } = await withPage();
    const log = { error: (...said: unknown[]) => assert.fail(String(said)) };
    const watch = new ContextWatch(log);
    const changed: Uri[] = [];
    let open: () => void = () => undefined;
    const opening = new Promise<void>((resolve) => (open = resolve));
    const openById = () => opening.then(() => ant.context);
    const pages = new WindowPages({
      contexts: { openById },
      watch,
      changed: (page) => void changed.push(Uri.parse(page.toString())),
    });
    const reading = pages.provideTextDocumentContent(vscodeUri(uri));
    events.closedDocument.fire({ uri });
    open();
    await reading;
    ant.context.windows.archive({ windowId: id });
    watch.look();
    assert.deepEqual(changed, []);
    pages.dispose();
    watch.dispose();
  });
});

describe('A report', () => {
  it('that is restored after a reload says how to get it again', async () => {
    await openEditor();
    const uri = Uri.from({ scheme: 'permafrost-report', path: '/Context.md' });
    assert.match(await read(uri), /from before the window was reloaded/);
  });

  it('is what its command found out', async () => {
    const { run } = await openEditor();
    await run('showContextInfo');
    const uri = person.shown.at(-1);
    assert.ok(uri);
    assert.match(await read(uri), /^# /);
  });
});
