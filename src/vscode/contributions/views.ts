/** Ids of what the sidebar holds. */
export const viewIds = {
  container: 'permafrost',
  memories: 'permafrost.memories',
  windows: 'permafrost.windows',
} as const;

/** What rows are, for the menus: `viewItem` in `when` clauses. */
export const rowKinds = { memory: 'memory', archivedMemory: 'archivedMemory', window: 'window' } as const;

/** Keys that `when` clauses ask for. */
export const contextKeys = {
  /** `empty`, `filled` or `failed`; unset while nothing was read. A view that failed says why in its message. */
  memories: 'permafrost.memoriesState',
  windows: 'permafrost.windowsState',
  filtered: 'permafrost.filtered',
  grouping: 'permafrost.grouping',
  hasEndpoint: 'permafrost.hasEndpoint',
} as const;

/** `contributes.viewsContainers`, `views` and `viewsWelcome`. */
export const viewContributions = {
  viewsContainers: {
    activitybar: [{ id: viewIds.container, title: 'Permafrost', icon: 'media/permafrost.svg' }],
  },
  views: {
    [viewIds.container]: [
      { id: viewIds.memories, name: 'Memories', icon: 'media/permafrost.svg', contextualTitle: 'Permafrost' },
      {
        id: viewIds.windows,
        name: 'Frozen Windows',
        icon: 'media/permafrost.svg',
        contextualTitle: 'Permafrost',
      },
    ],
  },
  viewsWelcome: [
    welcome(viewIds.memories, `${contextKeys.memories} == 'empty' && !${contextKeys.filtered}`, [
      'This folder has no memories yet. Agents write some as they work with the tools of Permafrost, and so can you.',
      '[Write the First Memory](command:permafrost.newMemory)',
      '[Learn more](command:extension.open?%5B%22permafrost.permafrost%22%5D) about memories and frozen windows.',
    ]),
    welcome(viewIds.memories, `${contextKeys.memories} == 'empty' && ${contextKeys.filtered}`, [
      'No memory fits the filter.',
      '[Clear the Filter](command:permafrost.clearMemoryFilter)',
    ]),
    welcome(viewIds.windows, `${contextKeys.windows} == 'empty' && !${contextKeys.hasEndpoint}`, [
      'A frozen window keeps a conversation with the exact tokens that a vLLM server read, to be thawed later.',
      'To begin, name your server: set permafrost.vllm.endpoint, like http://127.0.0.1:8000.',
      '[Set the Endpoint](command:permafrost.openSettings)',
      'Without a server, the text of a conversation can be kept all the same: [freeze one](command:permafrost.freezeConversation).',
    ]),
    welcome(viewIds.windows, `${contextKeys.windows} == 'empty' && ${contextKeys.hasEndpoint}`, [
      'No window is frozen in this folder. Ask @permafrost in the chat, or open a conversation as JSON or Markdown; then freeze it.',
      '[Freeze a Conversation](command:permafrost.freezeConversation)',
      '[Check the Connection](command:permafrost.checkConnection)',
    ]),
  ],
};

function welcome(view: string, when: string, paragraphs: readonly string[]) {
  return { view, when, contents: paragraphs.join('\n\n') };
}
