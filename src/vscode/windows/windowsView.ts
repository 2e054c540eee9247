import * as vscode from 'vscode';
import { listWindows } from '../../core/windows/listWindows.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import { commandId } from '../contributions/commands.ts';
import { contextKeys, rowKinds } from '../contributions/views.ts';
import { shortAge } from '../views/age.ts';
import { ContextView, type ContextViewOptions } from '../views/contextView.ts';

/** A row of the Frozen Windows view. */
export interface WindowNode {
  readonly kind: 'window';
  readonly window: WindowSummary;
}

/** Whether a value is a row, as menus and trees hand them back. */
export function isWindowNode(value: unknown): value is WindowNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'window';
}

/** More than anybody scrolls through; the palette finds the others. */
const SHOWN = 500;

/** The Frozen Windows view of the sidebar, the last frozen first. */
export function windowsView(
  options: Pick<ContextViewOptions<WindowNode>, 'tree' | 'contexts' | 'watch' | 'log'>,
): ContextView<WindowNode> {
  return new ContextView<WindowNode>({
    ...options,
    isNode: isWindowNode,
    stateKey: contextKeys.windows,
    content: {
      roots: ({ store }) =>
        listWindows(store, { limit: SHOWN }).windows.map((window) => ({ kind: 'window', window })),
      children: () => [],
      item: ({ window }) => itemOf(window),
      tooltip: (_context, { window }) => tooltipOf(window),
      message: () => undefined,
    },
  });
}

/** `thawed` when it was thawed since it was frozen; `text only` when no tokens could be kept. */
function stateOf({ kind, thawedAt }: Pick<WindowSummary, 'kind' | 'thawedAt'>): string {
  const state = thawedAt === null ? 'frozen' : 'thawed';
  return kind === 'text_only' ? `${state}, text only` : state;
}

/** The facts of a window in one line. */
export function factsOf(window: WindowSummary): string {
  const { model, promptTokens, messageCount, frozenAt } = window;
  const size = promptTokens === null ? `${messageCount} messages` : `${promptTokens.toLocaleString()} tokens`;
  return [model, size, shortAge(frozenAt, Date.now()), stateOf(window)]
    .filter((fact) => fact !== null)
    .join(' · ');
}

function itemOf(window: WindowSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(window.name);
  item.id = window.id;
  item.description = factsOf(window);
  item.contextValue = rowKinds.window;
  item.iconPath = new vscode.ThemeIcon(window.kind === 'text_only' ? 'comment-discussion' : 'archive');
  item.command = {
    command: commandId('showWindow'),
    title: 'Show Window',
    arguments: [{ kind: 'window', window }],
  };
  item.accessibilityInformation = { label: `${window.name}, ${factsOf(window)}` };
  return item;
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
