import * as vscode from 'vscode';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { commandId } from '../contributions/commands.ts';
import { rowKinds } from '../contributions/views.ts';
import { shortAge } from '../views/age.ts';
import type { GroupNode, MemoryNode, MoreNode, ViewNode } from './memoryNodes.ts';

/** How a node of the Memories view is shown. */
export function itemOf(node: ViewNode): vscode.TreeItem {
  if (node.kind === 'group') return groupItem(node);
  return node.kind === 'memory' ? memoryItem(node) : moreItem(node);
}

/** What is shown when the mouse rests on a memory: its facts and how it begins. */
export function memoryTooltip({ memories }: OpenContext, { memory }: MemoryNode): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('', true);
  tooltip.appendMarkdown('**').appendText(memory.title).appendMarkdown('**\n\n');
  for (const [name, value] of factsOf(memory))
    tooltip.appendMarkdown(`- ${name}: `).appendText(value).appendMarkdown('\n');
  const beginning = memories.read([memory.id]).memories[0]?.content.slice(0, 300).trim() ?? '';
  if (beginning !== '') tooltip.appendMarkdown('\n---\n').appendText(beginning);
  return tooltip;
}

function factsOf(memory: MemorySummary): [string, string][] {
  const { tier, tags, version, size, source, id, archived } = memory;
  return [
    ['Tier', tier === 'long_term' ? 'long term' : 'short term'],
    ...(tags.length > 0 ? [['Tags', tags.join(', ')] satisfies [string, string]] : []),
    [archived ? 'Archived' : 'Changed', `${localTime(memory.updatedAt)} (version ${version})`],
    ['Created', localTime(memory.createdAt)],
    ...(source === undefined ? [] : [['Source', source] satisfies [string, string]]),
    ['Size', `${size.toLocaleString()} bytes`],
    ['ID', id],
  ];
}

function localTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function groupItem({ key, label, icon, total }: GroupNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, key === 'long_term' || key === 'short_term' ? Expanded : Collapsed);
  item.id = key;
  item.description = total.toLocaleString();
  item.iconPath = new vscode.ThemeIcon(icon);
  item.accessibilityInformation = { label: `${label}, ${total} memories` };
  return item;
}

function memoryItem(node: MemoryNode): vscode.TreeItem {
  const { title, tags, tier, id, updatedAt, archived } = node.memory;
  const age = shortAge(updatedAt, Date.now());
  const item = new vscode.TreeItem(title);
  item.id = `${node.within}/${id}`;
  item.description = [age, ...(tags.length > 0 ? [tags.join(', ')] : [])].join(' · ');
  item.contextValue = archived ? rowKinds.archivedMemory : rowKinds.memory;
  item.iconPath = new vscode.ThemeIcon(archived ? 'archive' : 'note');
  item.command = { command: commandId('openMemory'), title: 'Open Memory', arguments: [node] };
  item.accessibilityInformation = { label: `${title}, ${tier.replace('_', ' ')}, ${tags.join(' ')}, ${age}` };
  return item;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem('Load more…');
  item.id = `${node.within}/more`;
  item.description = `${node.left.toLocaleString()} left`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: commandId('loadMore'), title: 'Load More', arguments: [node] };
  return item;
}
