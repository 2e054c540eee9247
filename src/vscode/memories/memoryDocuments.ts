import * as vscode from 'vscode';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { tabsWith } from '../views/tabs.ts';
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

function tabsOf(id: string) {
  return tabsWith((uri) => uri.scheme === SCHEME && addressIn(uri)?.memory === id);
}
