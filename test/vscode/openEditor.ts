import type * as Extension from '../../src/vscode/extension.ts';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import type * as vscode from 'vscode';
import { ContextRegistry } from '../../src/core/contexts/registry.ts';
import { folderOf } from '../../src/core/contexts/folder.ts';
import { idFactory } from '../../src/core/ids.ts';
import { nodeFiles } from '../../src/core/log/files.ts';
import type { Connect } from '../../src/core/windows/reach.ts';
import { temporaryDirectory } from '../core/store/openStore.ts';
import { openTools } from '../tools/openTools.ts';
import { stubVscode } from './stub/stubVscode.ts';
import {
  ChatResponseTurn,
  configuration,
  events,
  neverCancelled,
  person,
  registered,
  Uri,
  window,
  workspace,
} from './stub/vscode.ts';

stubVscode();

const closing: (() => Promise<void>)[] = [];
const homeBefore = process.env['PERMAFROST_HOME'];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  if (homeBefore === undefined) delete process.env['PERMAFROST_HOME'];
  else process.env['PERMAFROST_HOME'] = homeBefore;
});

/** What is kept for a folder, as another process has it. */
async function openFolder(home: string, name: string, connect: Connect | undefined) {
  const uri = Uri.file(path.join(home, name));
  mkdirSync(uri.fsPath);
  const registry = new ContextRegistry(home, { now: Date.now, newId: idFactory(), files: nodeFiles });
  const { directory } = registry.contextOf(folderOf(uri.toString(), name), path.join(home, 'contexts'));
  const context = await openTools({ directory, ...(connect && { connect }) }).environment.context(
    undefined,
    'write',
  );
  return { uri, context };
}

/** The extension in an editor with two folders, `ant` and `bee`, of which `ant` is active. */
export async function openEditor({ connect }: { readonly connect?: Connect } = {}) {
  const home = temporaryDirectory();
  process.env['PERMAFROST_HOME'] = home;
  const ant = await openFolder(home, 'ant', connect);
  const bee = await openFolder(home, 'bee', connect);
  workspace.workspaceFolders = [ant, bee].map(({ uri, context }, index) => ({
    uri,
    name: context.identity.name,
    index,
  }));
  configuration.clear();
  Object.assign(person, { told: [], shown: [], executed: [], answer: () => undefined });
  window.activeTextEditor = undefined;
  const { activate, deactivate } = await newExtension();
  const extension = extensionIn(home);
  activate(extension);
  closing.push(async () => {
    extension.subscriptions.forEach((each) => void each.dispose());
    await deactivate();
  });
  return { ant, bee, run, say, edit };
}

/** Turns to a file of a folder, which makes that the active one. */
function edit(name: string): void {
  const folder = workspace.workspaceFolders.find((each) => each.name === name);
  assert.ok(folder);
  window.activeTextEditor = { document: { uri: Uri.joinPath(folder.uri, 'notes.txt') } };
  events.activeEditor.fire(window.activeTextEditor);
}

/** Runs a command as the palette and menus do. */
async function run(command: string, ...given: unknown[]): Promise<void> {
  const handler = registered.commands.get(`permafrost.${command}`);
  assert.ok(handler, command);
  await handler(...given);
}

/** Says something to `@permafrost`, as `/command words` or as words alone. Gives the turn, for what is said next. */
async function say(
  text: string,
  history: readonly ChatResponseTurn[] = [],
  references: readonly vscode.ChatPromptReference[] = [],
) {
  const [, command, prompt = ''] = /^(?:\/(\w+) ?)?(.*)$/s.exec(text) ?? [];
  const said: string[] = [];
  const buttons: vscode.Command[] = [];
  const stream = {
    markdown: (piece: string | { value: string }) =>
      said.push(typeof piece === 'string' ? piece : piece.value),
    button: (button: vscode.Command) => buttons.push(button),
    progress: () => undefined,
    reference: () => undefined,
    anchor: () => undefined,
  };
  const { chat } = registered;
  assert.ok(chat);
  const result = await chat({ command, prompt, references }, { history }, stream, neverCancelled);
  const turn = new ChatResponseTurn('permafrost.chat', result);
  return { turn, said: said.join(''), buttons, failure: result.errorDetails?.message };
}

let opened = 0;

/** A new copy of the module, as after a reload of the window. */
async function newExtension(): Promise<typeof Extension> {
  return import(`../../src/vscode/extension.ts?${++opened}`);
}

/** What the editor gives to an extension, which keeps its own in `home`. */
export function extensionIn(home: string): vscode.ExtensionContext {
  const kept = new Map<string, unknown>();
  const memento = {
    keys: () => [...kept.keys()],
    get: (name: string) => kept.get(name),
    update: (name: string, value: unknown) => Promise.resolve(void kept.set(name, value)),
  };
  const secrets = {
    get: () => Promise.resolve(undefined),
    store: () => Promise.resolve(),
    delete: () => Promise.resolve(),
    onDidChange: () => ({ dispose: () => undefined }),
  };
  const extension: unknown = {
    subscriptions: [],
    extension: { packageJSON: { version: '0', contributes: { languageModelTools: [] } } },
    extensionUri: Uri.file(home),
    globalStorageUri: Uri.file(home),
    workspaceState: memento,
    globalState: memento,
    secrets,
    asAbsolutePath: (file: string) =>
      path.resolve(file.replace(/^dist\/sql/, 'node_modules/sql.js/dist/sql')),
  };
  assertContext(extension);
  return extension;
}

function assertContext(_extension: unknown): asserts _extension is vscode.ExtensionContext {}
