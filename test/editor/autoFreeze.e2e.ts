import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startStandin, type Standin } from '../vllm/standin/server.ts';
import { makeDemoFolder } from './demoFolder.ts';
import { launchEditor, openPage, type Editor } from './launch.ts';
import { connectProbe, type Probe } from './probe.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';

const vsix = resolve(process.env['PERMAFROST_VSIX'] ?? 'permafrost.vsix');

describe('Auto-freeze in a real editor', () => {
  let root: string;
  let standin: Standin;
  let editor: Editor;
  let workbench: Workbench;
  let probe: Probe;

  before(async function () {
    // The first run installs code-server.
    this.timeout(600_000);
    assert.ok(existsSync(vsix), `${vsix} is missing: \`npm run package\` makes it`);
    root = await mkdtemp(join(tmpdir(), 'permafrost-e2e-'));
    const folder = join(root, 'tidepool');
    await makeDemoFolder(folder);
    standin = await startStandin({ maxModelLen: 1_000 });
    const settings = { 'permafrost.vllm.endpoint': standin.url };
    editor = await launchEditor({ vsix, folder, home: join(root, 'editor'), port: 0, settings });
    workbench = await openPage(editor);
    probe = await connectProbe(editor);
    await workbench.openView('Permafrost');
  });

  after(async () => {
    await editor?.close();
    await standin?.close();
    await rm(root, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const pictures = resolve('dist/e2e-failures');
    await mkdir(pictures, { recursive: true });
    await workbench.screenshot(join(pictures, `${this.currentTest.title.replaceAll(/\W+/g, '-')}.png`));
  });

  const ask = (query: string) =>
    probe.executeCommand('workbench.action.chat.open', { query: `@permafrost ${query}` });
  const windows = () => workbench.treeRows('Frozen Windows');

  it('answers the first question that a person asks in its chat', async () => {
    await workbench.runCommand('Chat: Open Chat');
    await workbench.chat.offers(standin.model);
    await workbench.chat.ask('@permafrost How deep is the pool?');
    await until(
      'it is answered',
      async () => standin.received.some(({ path }) => path === '/v1/chat/completions') || undefined,
    );
  });

  it('says in the status bar how full the context window of the conversation is', async () => {
    await ask('How cold is the pool?');
    const item = await workbench.statusBarItem(/^\s*\d+ %/);
    const label = await item.getAttribute('aria-label');
    assert.match(label ?? '', /of 1,000[\s\S]*Auto-freeze is off/);
  });

  it('edits the policy in the palette', async () => {
    await workbench.runCommand('Permafrost: Configure Auto-freeze…');
    await workbench.quickInput.accept(/Freeze Conversations Automatically/);
    await workbench.quickInput.accept(/^Fill/);
    await workbench.quickInput.type('1');
    await workbench.quickInput.accept();
    await workbench.quickInput.row(/^Fill/);
    await workbench.quickInput.dismiss();
    const policy = await probe.invokeTool('permafrost_auto_freeze_config', {});
    assert.match(policy, /Auto-freeze is on\. It freezes a conversation that is 1 % filled/);
  });

  it('tells that it froze the conversation, and Undo takes it back', async () => {
    await until('the window is there', async () => (await windows()).length === 1 || undefined);
    // A notification that nobody looks at goes aside after some seconds.
    await probe.executeCommand('notifications.showList');
    await workbench.answerNotification(/by the policy of this folder\. The conversation goes on\./, 'Undo');
    await until('the window is gone', async () => (await windows()).length === 0 || undefined);
  });

  it('freezes all conversations on command, and reports it', async () => {
    await ask('And how deep?');
    await workbench.statusBarItem(/^\s*\d+ %/);
    await workbench.runCommand('Permafrost: Freeze All Conversations');
    const report = await until('the report is shown', async () => (await probe.activeDocument())?.text);
    assert.match(report, /# Freeze of all conversations\n\n\d of \d active conversations? w/);
  });
});
