import { commandId, type CommandName } from './commands.ts';
import { WINDOW_SCHEME } from '../windows/windowUri.ts';
import { rowKinds, viewIds } from './views.ts';

interface MenuItem {
  readonly command: CommandName;
  readonly when: string;
  readonly group: string;
}

const GROUPING = 'permafrost.grouping';

const inMemories = `view == ${viewIds.memories}`;
const inWindows = `view == ${viewIds.windows}`;
const onMemory = `${inMemories} && viewItem == ${rowKinds.memory}`;
const onArchived = `${inMemories} && viewItem == ${rowKinds.archivedMemory}`;
const onAnyMemory = `${inMemories} && viewItem =~ /^(${rowKinds.memory}|${rowKinds.archivedMemory})$/`;
const onWindow = `${inWindows} && viewItem == ${rowKinds.window}`;
const inDocument = 'resourceScheme == permafrost';
const onPage = `resourceScheme == ${WINDOW_SCHEME}`;

const viewTitle: readonly MenuItem[] = [
  { command: 'newMemory', when: inMemories, group: 'navigation@1' },
  { command: 'searchMemories', when: inMemories, group: 'navigation@2' },
  { command: 'filterMemories', when: `${inMemories} && !permafrost.filtered`, group: 'navigation@3' },
  { command: 'clearMemoryFilter', when: `${inMemories} && permafrost.filtered`, group: 'navigation@3' },
  { command: 'refresh', when: inMemories, group: '2_refresh@1' },
  { command: 'switchContext', when: `${inMemories} && workspaceFolderCount > 1`, group: '3_context@1' },
  { command: 'showContextInfo', when: inMemories, group: '3_context@2' },
  { command: 'copyMcpConfiguration', when: inMemories, group: '3_context@3' },
  { command: 'showLog', when: inMemories, group: '4_log@1' },
  { command: 'freezeConversation', when: inWindows, group: 'navigation@1' },
  { command: 'refresh', when: inWindows, group: '2_refresh@1' },
  { command: 'freezeAllConversations', when: inWindows, group: '2_autoFreeze@1' },
  { command: 'configureAutoFreeze', when: inWindows, group: '2_autoFreeze@2' },
  { command: 'restoreWindow', when: inWindows, group: '2_refresh@2' },
  { command: 'checkConnection', when: inWindows, group: '3_server@1' },
  { command: 'setApiKey', when: inWindows, group: '3_server@2' },
  { command: 'clearApiKey', when: inWindows, group: '3_server@3' },
];

const viewItem: readonly MenuItem[] = [
  { command: 'deleteMemory', when: onMemory, group: 'inline@1' },
  { command: 'restoreMemory', when: onArchived, group: 'inline@1' },
  { command: 'openMemory', when: onAnyMemory, group: '1_open@1' },
  { command: 'changeTier', when: onMemory, group: '2_change@1' },
  { command: 'editTags', when: onMemory, group: '2_change@2' },
  { command: 'copyMemoryId', when: onAnyMemory, group: '5_copy@1' },
  { command: 'deleteMemory', when: onMemory, group: '7_delete@1' },
  { command: 'restoreMemory', when: onArchived, group: '7_delete@1' },
  { command: 'deleteMemoryPermanently', when: onAnyMemory, group: '7_delete@2' },
  { command: 'thawWindow', when: onWindow, group: 'inline@1' },
  { command: 'cloneWindow', when: onWindow, group: 'inline@2' },
  { command: 'renameWindow', when: onWindow, group: 'inline@3' },
  { command: 'editWindowTags', when: onWindow, group: 'inline@4' },
  { command: 'deleteWindow', when: onWindow, group: 'inline@5' },
  { command: 'showWindow', when: onWindow, group: '1_open@1' },
  { command: 'thawWindow', when: onWindow, group: '1_open@2' },
  { command: 'checkWindowCache', when: onWindow, group: '1_open@3' },
  { command: 'cloneWindow', when: onWindow, group: '2_change@1' },
  { command: 'renameWindow', when: onWindow, group: '2_change@2' },
  { command: 'describeWindow', when: onWindow, group: '2_change@3' },
  { command: 'editWindowTags', when: onWindow, group: '2_change@4' },
  { command: 'copyWindowId', when: onWindow, group: '5_copy@1' },
  { command: 'deleteWindow', when: onWindow, group: '7_delete@1' },
  { command: 'deleteWindowPermanently', when: onWindow, group: '7_delete@2' },
];

const editorTitle: readonly MenuItem[] = [
  { command: 'changeTier', when: inDocument, group: '1_permafrost@1' },
  { command: 'editTags', when: inDocument, group: '1_permafrost@2' },
  { command: 'copyMemoryId', when: inDocument, group: '1_permafrost@3' },
  { command: 'deleteMemory', when: inDocument, group: '1_permafrost@4' },
  { command: 'thawWindow', when: onPage, group: 'navigation@1' },
  { command: 'cloneWindow', when: onPage, group: 'navigation@2' },
];

const groupings: readonly MenuItem[] = [
  { command: 'groupByTier', when: 'true', group: '1_grouping@1' },
  { command: 'groupByTag', when: 'true', group: '1_grouping@2' },
  { command: 'groupFlat', when: 'true', group: '1_grouping@3' },
];

/** `contributes.menus` and `submenus`. */
export function menuContributions(palette: readonly { command: string; when: string }[]) {
  const submenu = { submenu: GROUPING, when: inMemories, group: '1_grouping@1' };
  return {
    submenus: [{ id: GROUPING, label: 'Group By' }],
    menus: {
      commandPalette: palette,
      'view/title': [...viewTitle.map(withId), submenu],
      'view/item/context': viewItem.map(withId),
      'editor/title': editorTitle.map(withId),
      [GROUPING]: groupings.map(withId),
    },
  };
}

function withId({ command, ...item }: MenuItem) {
  return { command: commandId(command), ...item };
}
