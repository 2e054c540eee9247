import * as vscode from 'vscode';
import { ActiveScope } from './contexts/activeScope.ts';
import { MODEL_VENDOR, PARTICIPANT_ID } from './contributions/chat.ts';
import { MCP_PROVIDER_ID } from './contributions/mcp.ts';
import { REPORT_SCHEME } from './contributions/reports.ts';
import { viewIds } from './contributions/views.ts';
import { DisposableStore } from './disposables.ts';
import type { Engine, Shell } from './engine.ts';
import { SCHEME } from './memories/memoryUri.ts';
import { LazyFiles } from './shell/lazyFiles.ts';
import { LazyModels } from './shell/lazyModels.ts';
import { registerTools } from './shell/lazyTools.ts';
import { LazyPages } from './shell/lazyPages.ts';
import { LazyTree } from './shell/lazyTree.ts';
import { McpProvider } from './shell/mcpProvider.ts';
import { registerCommands } from './shell/registerCommands.ts';
import { StatusBar } from './shell/statusBar.ts';
import type { UseEngine } from './shell/useEngine.ts';
import { WINDOW_SCHEME } from './windows/windowUri.ts';

let engine: Promise<Engine> | undefined;

/** Registers everything and loads nothing itself: what the editor asks first, as for our models, loads the engine. */
export function activate(extension: vscode.ExtensionContext): void {
  const opened = new DisposableStore();
  extension.subscriptions.push(opened);
  const log = opened.add(vscode.window.createOutputChannel('Permafrost', { log: true }));
  const use: UseEngine = () =>
    (engine ??= load(extension, shell).catch((thrown: unknown) => fail(thrown, log)));
  const shell = openShell(extension, opened, use, log);
  register(extension, opened, use, shell);
  void askForModels(log);
}

export async function deactivate(): Promise<void> {
  await (await engine)?.close();
}

function openShell(
  extension: vscode.ExtensionContext,
  opened: DisposableStore,
  use: UseEngine,
  log: vscode.LogOutputChannel,
): Shell {
  const active = opened.add(new ActiveScope(extension.workspaceState));
  return {
    log,
    active,
    statusBar: opened.add(new StatusBar(active)),
    memories: opened.add(new LazyTree(viewIds.memories, use, 'memories', { canSelectMany: true })),
    windows: opened.add(new LazyTree(viewIds.windows, use, 'windows')),
    files: opened.add(new LazyFiles(use)),
    windowPages: opened.add(new LazyPages(WINDOW_SCHEME, use, 'windowPages')),
    reports: opened.add(new LazyPages(REPORT_SCHEME, use, 'reports')),
    models: opened.add(new LazyModels(use, extension.secrets)),
    script: extension.asAbsolutePath('dist/mcp-server.js'),
  };
}

function register(
  extension: vscode.ExtensionContext,
  opened: DisposableStore,
  use: UseEngine,
  { files, models, script }: Shell,
): void {
  const { version, contributes }: Manifest = extension.extension.packageJSON;
  const toolNames = contributes.languageModelTools.map(({ name }) => name);
  const mcp = opened.add(new McpProvider(use, script, version));
  opened.add(registerCommands(use));
  opened.add(vscode.workspace.registerFileSystemProvider(SCHEME, files, { isCaseSensitive: true }));
  opened.add(registerTools(toolNames, use));
  opened.add(vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER_ID, mcp));
  opened.add(vscode.lm.registerLanguageModelChatProvider(MODEL_VENDOR, models));
  const participant = opened.add(
    vscode.chat.createChatParticipant(PARTICIPANT_ID, async (...turn) => (await use()).chat(...turn)),
  );
  participant.iconPath = vscode.Uri.joinPath(extension.extensionUri, 'media/icon.png');
}

/** The editor lists a provider's models when somebody asks for them; until then a chat refuses its first question. */
async function askForModels(log: vscode.LogOutputChannel): Promise<void> {
  try {
    await vscode.lm.selectChatModels({ vendor: MODEL_VENDOR });
  } catch (cause) {
    log.warn('The editor could not list the models:', cause);
  }
}

/** What is read of our own package.json, which is made from the code. */
interface Manifest {
  readonly version: string;
  readonly contributes: { readonly languageModelTools: readonly { readonly name: string }[] };
}

/** A file of its own in the bundle, so that an editor that does not use it does not pay for it. */
async function load(extension: vscode.ExtensionContext, shell: Shell): Promise<Engine> {
  const { openEngine } = await import('./engine.ts');
  return openEngine(extension, shell);
}

/** Said once, however often the engine is asked for afterwards. */
function fail(thrown: unknown, log: vscode.LogOutputChannel): never {
  log.error('The engine could not be started:', thrown);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  void vscode.window.showErrorMessage(
    `Permafrost could not start: ${reason} Reload the window, or reinstall it.`,
  );
  throw thrown;
}
