import * as vscode from 'vscode';
import type { ContextCommands } from './contexts/contextCommands.ts';
import type { CommandName } from './contributions/commands.ts';
import type { MemoriesView } from './memories/memoriesView.ts';
import type { MemoryCommands } from './memories/memoryCommands.ts';
import type { ServerCommands } from './vllm/serverCommands.ts';
import type { AutoFreezeCommands } from './windows/autoFreezeCommands.ts';
import type { WindowChanges } from './windows/windowChanges.ts';
import type { WindowCommands } from './windows/windowCommands.ts';

export type Handler = (...menu: unknown[]) => void | Promise<void>;

export interface CommandParts {
  readonly memories: MemoryCommands;
  readonly view: MemoriesView;
  readonly windows: WindowCommands;
  readonly autoFreeze: AutoFreezeCommands;
  readonly windowChanges: WindowChanges;
  readonly server: ServerCommands;
  readonly contexts: ContextCommands;
  /** Reads anew whatever is shown. */
  readonly refresh: () => void;
  readonly log: vscode.LogOutputChannel;
}

/** What each declared command does; one without a handler does not compile. */
export function commandHandlers({
  memories,
  view,
  windows,
  autoFreeze,
  windowChanges,
  server,
  contexts,
  refresh,
  log,
}: CommandParts): Record<CommandName, Handler> {
  return {
    newMemory: memories.create,
    searchMemories: memories.search,
    openMemory: memories.open,
    deleteMemory: memories.delete,
    restoreMemory: memories.restore,
    deleteMemoryPermanently: memories.deletePermanently,
    changeTier: memories.changeTier,
    editTags: memories.editTags,
    copyMemoryId: memories.copyId,
    filterMemories: memories.filter,
    clearMemoryFilter: () => view.filter(''),
    groupByTier: () => view.groupBy('tier'),
    groupByTag: () => view.groupBy('tag'),
    groupFlat: () => view.groupBy('flat'),
    loadMore: memories.loadMore,
    refresh,
    freezeConversation: windows.freeze,
    thawWindow: windows.thaw,
    showWindow: windows.show,
    cloneWindow: windowChanges.clone,
    renameWindow: windowChanges.rename,
    describeWindow: windowChanges.describe,
    editWindowTags: windowChanges.editTags,
    checkWindowCache: windows.checkCache,
    deleteWindow: windowChanges.delete,
    restoreWindow: windowChanges.restore,
    deleteWindowPermanently: windowChanges.deletePermanently,
    copyWindowId: windows.copyId,
    freezeAllConversations: autoFreeze.freezeAll,
    configureAutoFreeze: autoFreeze.configure,
    checkConnection: server.check,
    setApiKey: server.setKey,
    clearApiKey: server.clearKey,
    openSettings: () => openSettings(),
    switchContext: contexts.switch,
    showContextInfo: contexts.showInfo,
    copyMcpConfiguration: contexts.copyMcpConfiguration,
    showLog: () => log.show(),
  };
}

/** Where the folder is on another machine, that machine has settings of its own, and servers are named there. */
async function openSettings(): Promise<void> {
  const query = '@ext:permafrost.permafrost';
  const isRemote = vscode.env.remoteName !== undefined;
  await vscode.commands.executeCommand(
    `workbench.action.${isRemote ? 'openRemoteSettings' : 'openSettings'}`,
    { query },
  );
}
