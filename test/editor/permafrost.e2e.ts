import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { allTools } from '../../src/tools/index.ts';
import { startStandin, type Standin } from '../vllm/standin/server.ts';
import { demoConversations } from './demoConversations.ts';
import { makeDemoFolder } from './demoFolder.ts';
import { demoMemories } from './demoMemories.ts';
import { launchEditor, openPage, type Editor, type Theme } from './launch.ts';
import { startMcpTools, type McpTools } from './mcpTools.ts';
import { connectProbe, type Probe } from './probe.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';

const vsix = resolve(process.env['PERMAFROST_VSIX'] ?? 'permafrost.vsix');
const server = resolve('dist/mcp-server.js');

const Found = z.object({ results: z.array(z.object({ id: z.string(), title: z.string() })) });
const Sessions = z.object({
  sessions: z.array(z.object({ thawedFrom: z.string().nullable(), messageCount: z.number() })),
});
const Windows = z.object({ total: z.number() });
const Read = z.object({
  memories: z.array(z.object({ content: z.string(), version: z.number(), archived: z.boolean() })),
});

describe('Permafrost in a real editor', () => {
  let root: string;
  let folder: string;
  let standin: Standin;
  let editor: Editor;
  let workbench: Workbench;
  let probe: Probe;
  /** Another process on the same folder, as any MCP client starts one. */
  let outside: McpTools;

  before(async function () {
    // The first run installs code-server.
    this.timeout(600_000);
    assert.ok(existsSync(vsix), `${vsix} is missing: \`npm run package\` makes it`);
    root = await mkdtemp(join(tmpdir(), 'permafrost-e2e-'));
    folder = join(root, 'tidepool');
    await makeDemoFolder(folder);
    standin = await startStandin({ promptTokensDetails: true });
    await openEditor();
    outside = await startMcpTools({
      server,
      folder,
      permafrostHome: editor.home.permafrostHome,
      vllm: standin.url,
    });
  });

  after(async () => {
    await outside?.close();
    await editor?.close();
    await standin?.close();
    await rm(root, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await workbench.screenshot(
      await pictureOf(this.currentTest.title.replaceAll(/\W+/g, '-'), 'e2e-failures'),
    );
  });

  /** Where a picture for a look afterwards goes. */
  async function pictureOf(what: string, directory = 'e2e-pictures'): Promise<string> {
    const pictures = resolve('dist', directory);
    await mkdir(pictures, { recursive: true });
    return join(pictures, `${what}.png`);
  }

  async function openEditor(port = 0): Promise<void> {
    const home = join(root, 'editor');
    const settings = { 'permafrost.vllm.endpoint': standin.url };
    editor = await launchEditor({ vsix, folder, home, port, settings });
    workbench = await openPage(editor);
    probe = await connectProbe(editor);
    await workbench.openView('Permafrost');
  }

  async function idOf(title: string): Promise<string> {
    const { results } = Found.parse(await outside.call('memory_search', { query: title }));
    const found = results.find((each) => each.title === title);
    assert.ok(found, `no memory "${title}"`);
    return found.id;
  }

  async function readOutside(title: string) {
    const [memory] = Read.parse(await outside.call('memory_read', { ids: [await idOf(title)] })).memories;
    assert.ok(memory);
    return memory;
  }

  it('starts by itself and helps with empty views', async () => {
    await workbench.tree('Memories').opened();
    await workbench.tree('Frozen Windows').opened();
    await until(
      'the empty view says what to do',
      async () => /no memories yet/.test(await workbench.tree('Memories').welcome()) || undefined,
    );
    assert.equal((await probe.extension('permafrost.permafrost'))?.isActive, true);
    const times = await probe.activationTimes('permafrost.permafrost');
    console.log(`      activation: ${JSON.stringify(times)}`);
    await workbench.runCommand('View: Close All Editors');
  });

  it("offers every tool to the editor's agents, and they work through the editor's API", async () => {
    const offered = (await probe.tools()).map(({ name }) => name);
    for (const { name } of allTools) assert.ok(offered.includes(`permafrost_${name}`), name);
    const memories = [
      { title: 'Deploys are on Tuesday', content: 'Because the office is full.', tags: ['process'] },
    ];
    const created = await probe.invokeTool('permafrost_memory_create', { memories });
    assert.match(created, /Created 1 memory/);
    assert.match(
      await probe.invokeTool('permafrost_memory_search', { query: 'deploy' }),
      /Deploys are on Tuesday/,
    );
    assert.match(await probe.invokeTool('permafrost_memory_list', { limit: 501 }), /^PF-1001: /);
    await workbench.tree('Memories').expand('Long Term');
    await workbench.tree('Memories').row('Deploys are on Tuesday');
  });

  it('registers the bundled MCP server with the editor', async () => {
    const definitions = await until('the editor knows the MCP server', async () => {
      const all = await probe.mcpDefinitions();
      return all.some(({ label }) => /permafrost/i.test(label)) ? all : undefined;
    });
    assert.ok(definitions.length > 0);
  });

  it("shows another process's write within two seconds", async () => {
    await outside.call('memory_create', { memories: demoMemories });
    const waits: number[] = [];
    for (const title of ['Seen once', 'Seen twice', 'Written outside']) {
      await outside.call('memory_create', { memories: [{ title, content: 'By an MCP client.' }] });
      const since = Date.now();
      await workbench.tree('Memories').row(title);
      waits.push(Date.now() - since);
    }
    await outside.call('memory_delete', {
      ids: [await idOf('Seen once'), await idOf('Seen twice')],
      permanent: true,
    });
    // The middle one of three: a busy machine may be late once.
    assert.ok((waits.toSorted((x, y) => x - y)[1] ?? Infinity) <= 2000, `they took ${waits.join(', ')} ms`);
  });

  it('opens a memory as Markdown, and saving the document changes the memory', async () => {
    await workbench.tree('Memories').open('Written outside');
    await workbench.tabOpened(/Written outside/);
    assert.match(await workbench.editorText(), /By an MCP client\./);
    await workbench.typeInEditor('\nAnd edited in the editor.');
    await workbench.save();
    const memory = await readOutside('Written outside');
    assert.match(memory.content, /By an MCP client\.\s+And edited in the editor\./);
    assert.equal(memory.version, 2);
  });

  it('says what is wrong with a document that cannot be saved, and changes nothing', async () => {
    const before = await readOutside('Written outside');
    await workbench.typeInEditor('no front matter at all', 'everything');
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await workbench.notification(/front matter|---/i);
    assert.deepEqual(await readOutside('Written outside'), before);
    await workbench.runCommand('File: Revert File');
    await workbench.runCommand('View: Close All Editors');
  });

  it('finds memories in the palette as one types, the unfinished word too', async () => {
    await openBySearch('written outs', 'Written outside');
    await workbench.runCommand('View: Close All Editors');
  });

  it('opens the memory that stands first in the palette, pressed at the moment that it does', async () => {
    const typed = {
      deploys: 'Deploys are on Tuesday',
      'seen o': 'Seen once',
      'written o': 'Written outside',
    };
    await outside.call('memory_create', { memories: [{ title: 'Seen once', content: 'By an MCP client.' }] });
    for (const [words, title] of [typed, typed].flatMap(Object.entries<string>)) {
      await openBySearch(words, title);
      await workbench.runCommand('View: Close All Editors');
    }
    await outside.call('memory_delete', { ids: [await idOf('Seen once')], permanent: true });
  });

  async function openBySearch(words: string, title: string): Promise<void> {
    await workbench.runCommand('Permafrost: Search Memories…');
    await workbench.quickInput.type(words);
    await workbench.quickInput.acceptFirst(title);
    await workbench.tabOpened(new RegExp(title.slice(0, 12)));
  }

  it('deletes a memory into the archive, and Undo brings it back', async () => {
    await workbench.tree('Memories').rowAction('Written outside', 'Delete Memory');
    await until(
      'it is archived',
      async () => (await archivedTitles()).includes('Written outside') || undefined,
    );
    await workbench.answerNotification(/Written outside/, 'Undo');
    await until('it is back', async () => !(await archivedTitles()).includes('Written outside') || undefined);
    await workbench.tree('Memories').row('Written outside');
  });

  async function archivedTitles(): Promise<string[]> {
    const Page = z.object({ memories: z.array(z.object({ title: z.string() })) });
    const page = Page.parse(await outside.call('memory_list', { archived: 'only' }));
    return page.memories.map(({ title }) => title);
  }

  it('says in the status bar which context this folder has', async () => {
    await workbench.statusBarItem(/tidepool/);
  });

  it('freezes a conversation, and thaws it after a restart of the editor with what the server reported', async function () {
    this.timeout(120_000);
    const [conversation] = demoConversations;
    assert.ok(conversation);
    const frozen = await probe.invokeTool('permafrost_window_freeze', {
      ...conversation,
      model: standin.model,
    });
    assert.match(frozen, /frozen|froze/i);
    await workbench.tree('Frozen Windows').row(new RegExp(conversation.name));

    const { port } = editor;
    await editor.close();
    await openEditor(port);
    await workbench.tree('Frozen Windows').rowAction(new RegExp(conversation.name), 'Thaw Window');
    const report = await until('the report of the thaw is shown', async () => {
      const document = await probe.activeDocument();
      return document !== undefined && /verified/.test(document.text) ? document.text : undefined;
    });
    const cached = Number(/from the cache\*\*: (\d+)/.exec(report)?.[1]);
    assert.ok(cached > 0, report);
    assert.match(report, /the server's own answer/);
    await workbench.chat.said(/goes on from/);
    await workbench.chat.said(/survey office should confirm it/); // the end of the conversation
    await workbench.screenshot(await pictureOf('thawed-in-chat'));
    await workbench.chat.ask('And for gauge 203?');
    await until('the answer belongs to the thawed session', async () => {
      const { sessions } = Sessions.parse(await outside.call('session_list', { state: 'active' }));
      return (
        sessions.some(({ thawedFrom, messageCount }) => thawedFrom !== null && messageCount > 5) || undefined
      );
    });
    await workbench.chat.close();
    await workbench.runCommand('View: Close All Editors');
  });

  it('clones a window below its source, renames it, and shows its page', async () => {
    const windows = workbench.tree('Frozen Windows');
    const [{ name } = { name: '' }] = demoConversations;
    await windows.rowAction(new RegExp(name), 'Clone Window…');
    await workbench.quickInput.type(name);
    await until(
      'a taken name is refused',
      async () => /Another window/.test(await workbench.quickInput.message()) || undefined,
    );
    await workbench.quickInput.type('Without a cap');
    await workbench.quickInput.accept();
    await windows.row('Without a cap');
    await windows.rowAction('Without a cap', 'Rename Window…');
    await workbench.quickInput.type('With a cap of 30 mm');
    await workbench.quickInput.accept();
    await windows.row('With a cap of 30 mm');
    const rows = await workbench.treeRows('Frozen Windows');
    assert.deepEqual(
      rows.map(({ label, level, expanded }) => [label, level, expanded]),
      [
        [name, 1, true],
        ['With a cap of 30 mm', 2, undefined],
      ],
    );
    await windows.open('With a cap of 30 mm');
    await workbench.tabOpened(/With a cap/);
    const page = await probe.activeDocument();
    assert.match(page?.text ?? '', /## Lineage[^]*\*\*With a cap of 30 mm\*\*, a clone[^]*### 2\. User/);
    await workbench.screenshot(await pictureOf('lineage'));
  });

  it('deletes a window with its clones when the person agrees, and Undo brings all of them back', async () => {
    const windows = workbench.tree('Frozen Windows');
    const [{ name } = { name: '' }] = demoConversations;
    await windows.rowAction(new RegExp(name), 'Delete Window…');
    await workbench.answerDialog('Delete All');
    const listed = async () => Windows.parse(await outside.call('window_list', {})).total;
    await until('both are gone', async () => (await listed()) === 0 || undefined);
    await workbench.answerNotification(/and its clone/, 'Undo');
    await until('both are back', async () => (await listed()) === 2 || undefined);
    await windows.row('With a cap of 30 mm');
    await outside.call('window_delete', { name: 'With a cap of 30 mm', permanent: true });
    await workbench.runCommand('View: Close All Editors');
  });

  it('keeps the memories over the restart', async () => {
    await workbench.tree('Memories').expand('Long Term');
    await workbench.tree('Memories').row('Written outside');
  });

  for (const theme of ['dark', 'light'] satisfies Theme[]) {
    it(`looks well in the ${theme} theme (media/screenshot-${theme}.png)`, async () => {
      await outside.call('memory_delete', {
        ids: [await idOf('Written outside').catch(() => 'gone')],
        permanent: true,
      });
      await workbench.close();
      workbench = await openPage(editor, { theme });
      await workbench.openView('Permafrost');
      await workbench.runCommand('View: Close All Editors');
      await workbench.tree('Memories').expand('Long Term');
      const first = demoMemories[0];
      assert.ok(first);
      await openBySearch(first.title, first.title);
      await workbench.clearNotifications();
      await workbench.screenshot(`media/screenshot-${theme}.png`);
    });
  }
});
