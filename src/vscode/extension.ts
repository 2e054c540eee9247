import * as fs from 'node:fs';
import * as vscode from 'vscode';
import * as z from 'zod';
import { Stores } from '../core/contexts/stores.ts';
import { idFactory } from '../core/ids.ts';
import { ContextOpener } from '../tools/environment.ts';
import type { ReportInternal } from '../tools/runTool.ts';
import { ModelProvider } from './chat/modelProvider.ts';
import { registerParticipant } from './chat/participant.ts';
import { registerCommands } from './commands.ts';
import { ActiveScope } from './contexts/activeScope.ts';
import { ContextCommands } from './contexts/contextCommands.ts';
import { Contexts } from './contexts/contexts.ts';
import { ContextWatch } from './contexts/contextWatch.ts';
import { FolderContexts } from './contexts/folderContexts.ts';
import { StatusBar } from './contexts/statusBar.ts';
import { MODEL_VENDOR } from './contributions/chat.ts';
import { MCP_PROVIDER_ID } from './contributions/mcp.ts';
import { DisposableStore } from './disposables.ts';
import { MemoriesView } from './memories/memoriesView.ts';
import { MemoryCommands } from './memories/memoryCommands.ts';
import { MemoryFileSystem } from './memories/memoryFileSystem.ts';
import { SCHEME } from './memories/memoryUri.ts';
import { registerLanguageModelTools } from './tools/languageModelTools.ts';
import { McpProvider } from './tools/mcpProvider.ts';
import { showFailure } from './views/failures.ts';
import { Reports } from './views/reports.ts';
import { VllmConnections } from './vllm/connections.ts';
import { announceEndpoint } from './vllm/endpointKey.ts';
import { ServerCommands } from './vllm/serverCommands.ts';
import { WindowCommands } from './windows/windowCommands.ts';
import { windowsView } from './windows/windowsView.ts';

let stores: Stores | undefined;

/** Puts everything together and registers it. It opens nothing: the first view, tool or document does. */
export function activate(context: vscode.ExtensionContext): void {
  const opened = new DisposableStore();
  context.subscriptions.push(opened);
  const log = opened.add(vscode.window.createOutputChannel('Permafrost', { log: true }));
  try {
    start(context, opened, log);
  } catch (thrown) {
    void showFailure(thrown, log);
    throw thrown;
  }
}

/** Ends what may still be writing. Every change that was acknowledged is on disk already. */
export async function deactivate(): Promise<void> {
  await stores?.close();
  stores = undefined;
}

function start(
  context: vscode.ExtensionContext,
  opened: DisposableStore,
  log: vscode.LogOutputChannel,
): void {
  const failed = (thrown: unknown) => void showFailure(thrown, log);
  const script = context.asAbsolutePath('dist/mcp-server.js');
  const { active, connections, folders, contexts } = openContexts(context, opened, script, log);
  const watch = opened.add(new ContextWatch(log));
  const reports = opened.add(new Reports());
  const view = opened.add(new MemoriesView({ contexts, watch, log }, context.workspaceState));
  const windows = opened.add(windowsView({ contexts, watch, log }));
  const { version, contributes } = Manifest.parse(context.extension.packageJSON);
  const toolNames = contributes.languageModelTools.map(({ name }) => name);
  const mcp = opened.add(new McpProvider({ folders, connections, script, version }));
  const refresh = () => [view, windows].forEach((shown) => shown.refresh());
  opened.add(active.onDidChange(refresh));
  opened.add(onSettings(refresh));
  opened.add(new StatusBar(contexts, active, watch));
  opened.add(announceEndpoint(connections, active));
  const files = opened.add(new MemoryFileSystem(contexts, watch));
  opened.add(vscode.workspace.registerFileSystemProvider(SCHEME, files, { isCaseSensitive: true }));
  opened.add(vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER_ID, mcp));
  opened.add(registerLanguageModelTools(toolNames, loadTools, contexts, reportTo(log)));
  const models = opened.add(new ModelProvider(contexts, connections, log));
  opened.add(vscode.lm.registerLanguageModelChatProvider(MODEL_VENDOR, models));
  const icon = vscode.Uri.joinPath(context.extensionUri, 'media/icon.png');
  opened.add(registerParticipant({ contexts, connections, watch, log, icon }));
  const parts = {
    memories: new MemoryCommands({ contexts, watch, view, failed }),
    windows: new WindowCommands({ contexts, connections, watch, reports, failed }),
    server: new ServerCommands(contexts, connections),
    contexts: new ContextCommands({ contexts, active, connections, mcp, reports }),
  };
  opened.add(registerCommands({ ...parts, view, refresh, log }, failed));
}

function openContexts(
  context: vscode.ExtensionContext,
  opened: DisposableStore,
  workerScript: string,
  log: vscode.LogOutputChannel,
) {
  const clock = { now: Date.now, newId: idFactory() };
  stores = new Stores({
    ...clock,
    wasm: () => fs.readFileSync(context.asAbsolutePath('dist/sql-wasm.wasm')),
    workerScript,
    snapshotFailed: (cause) =>
      log.warn('A snapshot could not be made. Nothing is lost; opening stays slower.', cause),
  });
  const active = opened.add(new ActiveScope(context.workspaceState));
  const connections = new VllmConnections(context);
  const { storageUri, globalStorageUri } = context;
  const folders = new FolderContexts({ storageUri, globalStorageUri, ...clock });
  const opener = new ContextOpener({
    ...clock,
    stores,
    connect: ({ directory }) => connections.connect(folders.scopeAt(directory) ?? active.get()),
  });
  return { active, connections, folders, contexts: opened.add(new Contexts({ folders, active, opener })) };
}

/** A directory that could not be used may be another one now. */
function onSettings(refresh: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration(
    (event) => event.affectsConfiguration('permafrost.storage') && refresh(),
  );
}

/** Failures that nobody expected, with their causes. */
function reportTo(log: vscode.LogOutputChannel): ReportInternal {
  return (error, tool) => log.error(`${tool}: ${error.message}`, error.cause ?? '');
}

const Manifest = z.object({
  version: z.string(),
  contributes: z.object({ languageModelTools: z.array(z.object({ name: z.string() })) }),
});

const loadTools = async () => (await import('../tools/index.ts')).allTools;
