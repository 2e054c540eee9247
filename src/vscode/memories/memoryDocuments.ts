import * as vscode from 'vscode';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { memoryUri } from './memoryFileSystem.ts';
import { addressIn, SCHEME } from './memoryUri.ts';

type Titled = Pick<MemorySummary, 'id' | 'title'>;

/** Opens a memory as a document, in the tab that it has already if it has one. */
export async function openMemory(context: OpenContext, memory: Titled): Promise<vscode.TextEditor> {
  const uri = tabsOf(memory.id)[0]?.uri ?? memoryUri(context, memory);
  return vscode.window.showTextDocument(uri, { preview: true });
}

/** Closes the tabs of memories that are gone. */
export async function closeMemories(ids: readonly string[]): Promise<void> {
  await vscode.window.tabGroups.close(ids.flatMap((id) => tabsOf(id).map(({ tab }) => tab)));
}

/** The id of the memory that a URI is about. */
function memoryIdIn(uri: vscode.Uri | undefined): string | undefined {
  return uri?.scheme === SCHEME ? addressIn(uri)?.memory : undefined;
}

function tabsOf(id: string): { tab: vscode.Tab; uri: vscode.Uri }[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap((tab) => {
    const uri = tab.input instanceof vscode.TabInputText ? tab.input.uri : undefined;
    return uri !== undefined && memoryIdIn(uri) === id ? [{ tab, uri }] : [];
  });
}
