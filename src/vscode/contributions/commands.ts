/** A command as package.json declares it. */
export interface CommandContribution {
  readonly title: string;
  /** A codicon: `$(add)`. */
  readonly icon?: string;
  /** When it can be run at all. */
  readonly enablement?: string;
  /** When the palette shows it; default always. */
  readonly palette?: string;
}

/** Every command by its name: the id is `permafrost.` and the name, the category is Permafrost. */
const commands = {
  newMemory: { title: 'New Memory…', icon: '$(add)' },
  searchMemories: { title: 'Search Memories…', icon: '$(search)' },
  openMemory: { title: 'Open Memory…', icon: '$(go-to-file)' },
  deleteMemory: { title: 'Delete Memory', icon: '$(trash)' },
  restoreMemory: { title: 'Restore Memory', icon: '$(discard)' },
  deleteMemoryPermanently: { title: 'Delete Memory Permanently…' },
  changeTier: { title: 'Change Tier…', icon: '$(layers)' },
  editTags: { title: 'Edit Tags…', icon: '$(tag)' },
  copyMemoryId: { title: 'Copy Memory ID', icon: '$(copy)' },
  filterMemories: { title: 'Filter Memories…', icon: '$(filter)' },
  clearMemoryFilter: {
    title: 'Clear Memory Filter',
    icon: '$(clear-all)',
    enablement: 'permafrost.filtered',
  },
  groupByTier: { title: 'Group Memories by Tier', enablement: "permafrost.grouping != 'tier'" },
  groupByTag: { title: 'Group Memories by Tag', enablement: "permafrost.grouping != 'tag'" },
  groupFlat: { title: 'Show Memories as a Flat List', enablement: "permafrost.grouping != 'flat'" },
  loadMore: { title: 'Load More', palette: 'false' },
  refresh: { title: 'Refresh', icon: '$(refresh)' },
  freezeConversation: { title: 'Freeze Conversation…', icon: '$(archive)' },
  thawWindow: { title: 'Thaw Window…', icon: '$(flame)' },
  showWindow: { title: 'Show Window…', icon: '$(open-preview)' },
  cloneWindow: { title: 'Clone Window…', icon: '$(repo-forked)' },
  renameWindow: { title: 'Rename Window…', icon: '$(edit)' },
  describeWindow: { title: 'Describe Window…' },
  editWindowTags: { title: 'Edit Window Tags…', icon: '$(tag)' },
  checkWindowCache: { title: 'Check Cache of Window…' },
  deleteWindow: { title: 'Delete Window…', icon: '$(trash)' },
  restoreWindow: { title: 'Restore Deleted Window…' },
  deleteWindowPermanently: { title: 'Delete Window Permanently…' },
  copyWindowId: { title: 'Copy Window ID', icon: '$(copy)' },
  freezeAllConversations: { title: 'Freeze All Conversations', icon: '$(save-all)' },
  configureAutoFreeze: { title: 'Configure Auto-freeze…', icon: '$(settings)' },
  checkConnection: { title: 'Check vLLM Connection', icon: '$(plug)' },
  setApiKey: { title: 'Set vLLM API Key…', icon: '$(key)' },
  clearApiKey: { title: 'Clear vLLM API Key' },
  openSettings: { title: 'Open Settings', icon: '$(gear)' },
  switchContext: {
    title: 'Switch Context…',
    icon: '$(root-folder)',
    enablement: 'workspaceFolderCount > 1',
  },
  showContextInfo: { title: 'Show Context Info', icon: '$(info)' },
  copyMcpConfiguration: { title: 'Copy MCP Configuration', icon: '$(mcp)' },
  showLog: { title: 'Show Log', icon: '$(output)' },
} as const satisfies Record<string, CommandContribution>;

export type CommandName = keyof typeof commands;

export const commandNames = Object.keys(commands).filter((name): name is CommandName => name in commands);

export function commandId(name: CommandName): string {
  return `permafrost.${name}`;
}

/** `contributes.commands`, and which of them the palette hides. */
export function commandContributions() {
  const all: [string, CommandContribution][] = Object.entries(commands);
  return {
    commands: all.map(([name, { palette: _, ...command }]) => ({
      command: `permafrost.${name}`,
      category: 'Permafrost',
      ...command,
    })),
    palette: all.flatMap(([name, { palette }]) =>
      palette === undefined ? [] : [{ command: `permafrost.${name}`, when: palette }],
    ),
  };
}
