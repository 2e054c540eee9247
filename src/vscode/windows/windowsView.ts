import * as vscode from 'vscode';
import type { WindowSummary } from '../../core/windows/window.ts';
import { commandId } from '../contributions/commands.ts';
import { contextKeys, rowKinds } from '../contributions/views.ts';
import { shortAge } from '../views/age.ts';
import { ContextView, type ContextViewOptions } from '../views/contextView.ts';
import { shownWindows } from './shownWindows.ts';
import { isWindowNode, windowTree, type WindowNode } from './windowTree.ts';

/** The Frozen Windows view of the sidebar, the last frozen first, and what came of a window below it. */
export function windowsView(
  options: Pick<ContextViewOptions<WindowNode>, 'tree' | 'contexts' | 'watch' | 'log'>,
): ContextView<WindowNode> {
  return new ContextView<WindowNode>({
    ...options,
    isNode: isWindowNode,
    stateKey: contextKeys.windows,
    content: {
      roots: (context) => windowTree(context.identity.id, shownWindows(context)),
      children: (_context, { children }) => [...children],
      item: itemOf,
      tooltip: (_context, { window }) => tooltipOf(window),
      message: () => undefined,
    },
  });
}

/** `thawed` when it was thawed since it was frozen; `text only` when no tokens could be kept. */
function stateOf({ kind, thawedAt, clonedFrom }: WindowSummary): string {
  return [
    ...(clonedFrom === null ? [] : ['clone']),
    thawedAt === null ? 'frozen' : 'thawed',
    ...(kind === 'text_only' ? ['text only'] : []),
  ].join(', ');
}

/** The facts of a window in one line. */
export function factsOf(window: WindowSummary): string {
  const { model, promptTokens, messageCount, frozenAt } = window;
  const size = promptTokens === null ? `${messageCount} messages` : `${promptTokens.toLocaleString()} tokens`;
  return [model, size, shortAge(frozenAt, Date.now()), stateOf(window)]
    .filter((fact) => fact !== null)
    .join(' · ');
}

function itemOf(node: WindowNode): vscode.TreeItem {
  const { window, children } = node;
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(window.name, children.length > 0 ? Expanded : None);
  // The editor opens a row that it has not seen, and one that was a leaf stays shut: so with its first child it is another.
  item.id = children.length > 0 ? `${window.id} and more` : window.id;
  item.description = factsOf(window);
  item.contextValue = rowKinds.window;
  item.iconPath = new vscode.ThemeIcon(iconOf(window));
  item.command = {
    command: commandId('showWindow'),
    title: 'Show Window',
    arguments: [node],
  };
  item.accessibilityInformation = { label: `${window.name}, ${factsOf(window)}` };
  return item;
}

function iconOf({ clonedFrom, kind }: WindowSummary): string {
  if (clonedFrom !== null) return 'repo-forked';
  return kind === 'text_only' ? 'comment-discussion' : 'archive';
}

function tooltipOf(window: WindowSummary): vscode.MarkdownString {
  const { name, description, model, endpoint, promptTokens, blockCount, messageCount, frozenAt, id, tags } =
    window;
  const facts: [string, string | number | null][] = [
    ['State', stateOf(window)],
    ['Model', model],
    ['Server', endpoint],
    ['Tokens', promptTokens?.toLocaleString() ?? null],
    ['Cache blocks', blockCount],
    ['Messages', messageCount],
    ['Frozen', new Date(frozenAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })],
    ['Tags', tags.join(', ') || null],
    ['ID', id],
  ];
  const tooltip = new vscode.MarkdownString().appendMarkdown('**').appendText(name).appendMarkdown('**\n\n');
  if (description !== null) tooltip.appendText(description).appendMarkdown('\n\n');
  for (const [label, value] of facts) {
    if (value !== null) tooltip.appendMarkdown(`- ${label}: `).appendText(String(value)).appendMarkdown('\n');
  }
  return tooltip;
}
