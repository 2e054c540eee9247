// `npm start`: Permafrost in a real editor, on a demo folder with memories and frozen windows, with a stand-in for vLLM.
// `--once` (or PERMAFROST_START_CHECK=1) starts everything, checks that it answers, and ends: for CI.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Standin } from '../vllm/standin/server.ts';
import { cacheDirectory } from './cacheDirectory.ts';
import { findProgram } from './childProcess.ts';
import { claimDemo } from './demoClaim.ts';
import { makeDemoFolder } from './demoFolder.ts';
import { startDemoModel } from './demoModel.ts';
import { findDesktopEditor, hasDisplay, openDesktopEditor } from './desktopEditor.ts';
import {
  makeEditorHome,
  quietSettings,
  writeSettings,
  type EditorHome,
  type Settings,
} from './editorHome.ts';
import { freePort } from './freePort.ts';
import { launchEditor } from './launch.ts';
import { seedDemo } from './seedDemo.ts';

const preferredPorts = { editor: 47_801, model: 47_802 };
const { values } = parseArgs({
  options: {
    vsix: { type: 'string', default: 'permafrost.vsix' },
    server: { type: 'string', default: 'dist/mcp-server.js' },
    once: { type: 'boolean', default: process.env['PERMAFROST_START_CHECK'] === '1' },
  },
});
/** A check leaves nothing behind; the demo is there again the next time. */
const demo = values.once ? await mkdtemp(join(tmpdir(), 'permafrost-demo-')) : join(cacheDirectory(), 'demo');
const folder = join(demo, 'tidepool');
/** What must be closed at the end, the last opened first. */
const opened: (() => Promise<void> | void)[] = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await end(1);
}

async function start(): Promise<void> {
  const built = { vsix: resolve(values.vsix), server: resolve(values.server) };
  for (const path of Object.values(built)) {
    if (!existsSync(path)) throw new Error(`${path} is missing: \`npm run package\` makes it.`);
  }
  if (values.once) opened.push(() => rm(demo, { recursive: true, force: true }));
  else opened.push(await claimDemo(demo));
  await makeDemoFolder(folder);
  const home = await makeEditorHome(join(demo, 'editor'));
  const model = await startDemoModel(join(demo, 'blocks.json'), preferredPorts.model);
  opened.push(() => model.close());
  await seed(built.server, home, model);
  await openEditor(built.vsix, home, { 'permafrost.vllm.endpoint': model.url });
}

async function seed(server: string, { permafrostHome }: EditorHome, { url, model }: Standin): Promise<void> {
  const contents = await seedDemo({ server, folder, permafrostHome, vllm: url, model });
  console.log(`
Permafrost demo
  Folder   ${folder}
           ${contents.memories} memories and ${contents.windows} frozen windows
  Model    ${url}, a stand-in for vLLM and not vLLM: it keeps a prefix cache
           like vLLM's, but has no model, and its answers mean nothing`);
}

async function openEditor(vsix: string, home: EditorHome, settings: Settings): Promise<void> {
  const desktop = values.once ? undefined : await findDesktopEditor();
  if (desktop === undefined) await serveEditor(vsix, home, settings);
  else await openDesktop(desktop, vsix, home, settings);
}

async function openDesktop(code: string, vsix: string, home: EditorHome, settings: Settings): Promise<void> {
  await writeSettings(home, { ...quietSettings, ...settings });
  const window = await openDesktopEditor(code, home, { vsix, folder });
  opened.push(() => window.close());
  console.log(`  Editor   ${code}, in a window of its own\n\nClose the window or press Ctrl-C to end.`);
  await window.closed;
  await end(0);
}

async function serveEditor(vsix: string, home: EditorHome, settings: Settings): Promise<void> {
  const port = await freePort(preferredPorts.editor);
  const editor = await launchEditor({ vsix, folder, home: home.root, settings, port, probe: false });
  opened.push(() => editor.close());
  console.log(`  Editor   ${editor.url}\n`);
  if (values.once) {
    await checkAnswers(editor.url);
    console.log('The editor answers.');
    await end(0);
  }
  console.log(
    `${showInBrowser(editor.url) ? 'It opens in your browser.' : 'Open this address in a browser.'} Ctrl-C ends it.`,
  );
}

async function checkAnswers(url: string): Promise<void> {
  const response = await fetch(url);
  const page = await response.text();
  if (!response.ok || !page.includes('vscode-workbench-web-configuration')) {
    throw new Error(`${url} answered ${response.status} without a workbench.`);
  }
}

/** Whether a browser was asked to show it. */
function showInBrowser(url: string): boolean {
  const opener = findProgram(process.platform === 'darwin' ? 'open' : 'xdg-open');
  if (opener === undefined || !hasDisplay()) return false;
  spawn(opener, [url], { stdio: 'ignore', detached: true }).unref();
  return true;
}

async function end(code: number): Promise<never> {
  for (const close of opened.splice(0).toReversed()) await close();
  process.exit(code);
}
