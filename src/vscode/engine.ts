// oxlint-disable-next-line import/no-unassigned-import -- it sets how schemas are made, before any is
import '../core/schemas.ts';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { Stores } from '../core/contexts/stores.ts';
import { idFactory } from '../core/ids.ts';
import { loadSqlEngine } from '../core/store/sqlView.ts';
import { ContextOpener } from '../tools/environment.ts';
import { allTools } from '../tools/index.ts';
import type { ReportInternal } from '../tools/runTool.ts';
import { ModelProvider } from './chat/modelProvider.ts';
import { chatHandler } from './chat/participant.ts';
import { commandHandlers } from './commands.ts';
import type { ActiveScope } from './contexts/activeScope.ts';
import { ContextCommands } from './contexts/contextCommands.ts';
import { Contexts } from './contexts/contexts.ts';
import { ContextStatus } from './contexts/contextStatus.ts';
import { ContextWatch } from './contexts/contextWatch.ts';
import { FolderContexts } from './contexts/folderContexts.ts';
import type { Scope } from './contexts/scope.ts';
import type { CommandName } from './contributions/commands.ts';
import { DisposableStore } from './disposables.ts';
import { MemoriesView } from './memories/memoriesView.ts';
import { MemoryCommands } from './memories/memoryCommands.ts';
import { MemoryFileSystem } from './memories/memoryFileSystem.ts';
import type { LazyFiles, MemoryFiles } from './shell/lazyFiles.ts';
import type { LazyModels } from './shell/lazyModels.ts';
import type { LazyPages, PageContent } from './shell/lazyPages.ts';
import type { LazyTree, TreeRows } from './shell/lazyTree.ts';
import type { LanguageModelTools } from './shell/lazyTools.ts';
import type { StatusBar } from './shell/statusBar.ts';
import { languageModelTools } from './tools/languageModelTools.ts';
import type { McpLaunch } from './tools/mcpLaunch.ts';
import { McpLauncher } from './tools/mcpLauncher.ts';
import { showFailure } from './views/failures.ts';
import { Reports } from './views/reports.ts';
import { VllmConnections } from './vllm/connections.ts';
import { announceEndpoint } from './vllm/announceEndpoint.ts';
import { ServerCommands } from './vllm/serverCommands.ts';
import { AutoFreezeCommands } from './windows/autoFreezeCommands.ts';
import { AutoFreezing } from './windows/autoFreezing.ts';
import { FillStatus } from './windows/fillStatus.ts';
import { sessionDays } from './windows/sessionDays.ts';
import { WindowChanges } from './windows/windowChanges.ts';
import { WindowCommands } from './windows/windowCommands.ts';
import { WindowPages } from './windows/windowPages.ts';
import { windowsView } from './windows/windowsView.ts';

/** What is there from the start, before the engine. */
export interface Shell {
  readonly log: vscode.LogOutputChannel;
  readonly active: ActiveScope;
  readonly statusBar: StatusBar;
  readonly memories: LazyTree;
  readonly windows: LazyTree;
  readonly files: LazyFiles;
  readonly windowPages: LazyPages;
  readonly reports: LazyPages;
  readonly models: LazyModels;
  /** The bundled MCP server. */
  readonly script: string;
}

/** Everything that does the work. It is loaded at the first use and opens a context when it is asked about one. */
export interface Engine {
  /** Runs a command; one that fails says so. */
  readonly run: (name: CommandName, menu: readonly unknown[]) => Promise<void>;
  readonly memories: TreeRows;
  readonly windows: TreeRows;
  readonly files: MemoryFiles;
  readonly windowPages: PageContent;
  readonly reports: PageContent;
  readonly tools: LanguageModelTools;
  readonly models: vscode.LanguageModelChatProvider;
  readonly chat: vscode.ChatRequestHandler;
  readonly launchMcp: (scope: Scope) => Promise<McpLaunch>;
  /** Ends what may still be writing. Every change that was acknowledged is on disk already. */
  readonly close: () => Promise<void>;
}

export function openEngine(extension: vscode.ExtensionContext, shell: Shell): Engine {
  const opened = new DisposableStore();
  const { log, active } = shell;
  const failed = (thrown: unknown) => void showFailure(thrown, log);
  const { stores, connections, folders, contexts } = openContexts(extension, shell);
  opened.add(contexts);
  const watch = opened.add(new ContextWatch(log));
  const reports = opened.add(new Reports(shell.reports));
  const shared = { contexts, watch, log };
  const view = opened.add(new MemoriesView({ ...shared, tree: shell.memories }, extension.workspaceState));
  const windows = opened.add(windowsView({ ...shared, tree: shell.windows }));
  const refresh = () => [shell.memories, shell.windows].forEach((tree) => tree.refresh());
  const windowPages = opened.add(new WindowPages(contexts, watch, shell.windowPages));
  opened.add(active.onDidChange(refresh));
  opened.add(onStorageChange(refresh));
  opened.add(new ContextStatus(shell.statusBar, contexts, active, watch));
  opened.add(announceEndpoint(connections, active));
  const status = opened.add(new FillStatus(log));
  const freezing = opened.add(new AutoFreezing({ ...shared, active, connections, status, failed }));
  const changed = () => shell.models.refresh();
  opened.add(connections.onDidAnswer(changed));
  // Each folder may name servers of its own.
  opened.add(active.onDidChange(changed));
  const models = opened.add(new ModelProvider({ contexts, connections, watch, log, changed }));
  const mcp = new McpLauncher(folders, connections, shell.script);
  const handlers = commandHandlers({
    memories: new MemoryCommands({ contexts, watch, view, failed }),
    windows: new WindowCommands({ contexts, connections, watch, reports, failed, log }),
    windowChanges: new WindowChanges({ contexts, watch, failed }),
    autoFreeze: new AutoFreezeCommands({ contexts, connections, watch, reports }),
    server: new ServerCommands(contexts, connections),
    contexts: new ContextCommands({ contexts, active, connections, mcp, reports }),
    view,
    refresh,
    log,
  });
  return {
    run: async (name, menu) => {
      try {
        await handlers[name](...menu);
      } catch (thrown) {
        failed(thrown);
      }
    },
    memories: view.rows,
    windows,
    windowPages,
    reports,
    files: opened.add(new MemoryFileSystem(contexts, watch, (events) => shell.files.announce(events), log)),
    tools: languageModelTools(allTools, contexts, reportTo(log)),
    models,
    chat: chatHandler({ contexts, connections, watch, log, answered: freezing.follow }),
    launchMcp: (scope) => mcp.launch(scope),
    close: async () => {
      opened.dispose();
      await Promise.all([stores.close(), connections.close()]);
    },
  };
}

function openContexts(extension: vscode.ExtensionContext, { active, log, script }: Shell) {
  const clock = { now: Date.now, newId: idFactory() };
  const stores = new Stores({
    ...clock,
    engine: () => loadSqlEngine(fs.readFileSync(extension.asAbsolutePath('dist/sql-wasm.wasm'))),
    snapshotScript: script,
    snapshotFailed: (cause) =>
      log.warn('A snapshot could not be made. Nothing is lost; opening stays slower.', cause),
  });
  const connections = new VllmConnections(extension, log);
  const { storageUri, globalStorageUri } = extension;
  const folders = new FolderContexts({ storageUri, globalStorageUri, ...clock });
  const opener = new ContextOpener({
    ...clock,
    stores,
    connect: (place) => connections.connect(contexts.scopeOf(place)),
    sessionDays,
  });
  const contexts = new Contexts({ folders, active, opener });
  return { stores, connections, folders, contexts };
}

/** A directory that could not be used may be another one now. */
function onStorageChange(refresh: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration(
    (event) => event.affectsConfiguration('permafrost.storage') && refresh(),
  );
}

/** Failures that nobody expected, with their causes. */
function reportTo(log: vscode.LogOutputChannel): ReportInternal {
  return (error, tool) => log.error(`${tool}: ${error.message}`, error.cause ?? '');
}
