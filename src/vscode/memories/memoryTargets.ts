import * as vscode from 'vscode';
import { memoryNotFound } from '../../core/errors.ts';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { isViewNode, type MemoryNode, type MoreNode } from './memoryNodes.ts';
import { addressIn, SCHEME } from './memoryUri.ts';
import { pickMemory, type PickOptions } from './pickMemory.ts';

/** What a menu passes: the row it was opened on and all that are selected, or the URI of an editor. */
export type MenuArguments = readonly unknown[];

/** The memories that a command is about. */
export interface MemoryTargets {
  readonly context: OpenContext;
  readonly memories: readonly MemorySummary[];
}

/** The memories of the rows or the editor that a command was called on, else of the open document, else a picked one. */
export async function memoryTargets(
  contexts: Contexts,
  menu: MenuArguments,
  options: PickOptions,
): Promise<MemoryTargets | undefined> {
  const ids = idsOfRows(menu);
  if (ids.length > 0) return known(await contexts.open(), ids);
  const uri = menu[0] instanceof vscode.Uri ? menu[0] : vscode.window.activeTextEditor?.document.uri;
  const address = uri?.scheme === SCHEME ? addressIn(uri) : undefined;
  if (address !== undefined) return known(await contexts.openById(address.context), [address.memory]);
  return pickTarget(contexts, options);
}

/** The memories of the rows that a command was called on, else a picked one, whatever document is open. */
export async function rowsOrPicked(
  contexts: Contexts,
  menu: MenuArguments,
  options: PickOptions,
): Promise<MemoryTargets | undefined> {
  const ids = idsOfRows(menu);
  return ids.length > 0 ? known(await contexts.open(), ids) : pickTarget(contexts, options);
}

export function isMore(value: unknown): value is MoreNode {
  return isViewNode(value) && value.kind === 'more';
}

async function pickTarget(contexts: Contexts, options: PickOptions): Promise<MemoryTargets | undefined> {
  const context = await contexts.open();
  const picked = await pickMemory(context, options);
  return picked && { context, memories: [picked] };
}

function known(context: OpenContext, ids: readonly string[]): MemoryTargets {
  const { memories, missing } = context.memories.summaries(ids);
  if (missing[0] !== undefined) throw memoryNotFound(missing[0]);
  return { context, memories };
}

function idsOfRows([first, selected]: MenuArguments): string[] {
  const rows = Array.isArray(selected) && selected.includes(first) ? selected : [first];
  return [...new Set(rows.filter(isMemory).map(({ memory }) => memory.id))];
}

function isMemory(value: unknown): value is MemoryNode {
  return isViewNode(value) && value.kind === 'memory';
}
