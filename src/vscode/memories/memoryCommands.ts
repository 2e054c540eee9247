import * as vscode from 'vscode';
import { Title, type MemorySummary, type Tier } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { closeMemories, openMemory } from './memoryDocuments.ts';
import type { MemoriesView } from './memoriesView.ts';
import {
  isMore,
  memoryTargets,
  rowsOrPicked,
  type MemoryTargets,
  type MenuArguments,
} from './memoryTargets.ts';
import { pickMemory, type PickOptions } from './pickMemory.ts';
import { pickTags } from './pickTags.ts';

export interface MemoryCommandsOptions {
  readonly contexts: Contexts;
  readonly watch: ContextWatch;
  readonly view: MemoriesView;
  /** Tells of failures after the command itself is over. */
  readonly failed: (thrown: unknown) => void;
}

/** The commands on memories. */
export class MemoryCommands {
  readonly #options: MemoryCommandsOptions;

  constructor(options: MemoryCommandsOptions) {
    this.#options = options;
  }

  readonly create = async (): Promise<void> => {
    const context = await this.#options.contexts.open();
    const title = await vscode.window.showInputBox({
      title: 'New Memory',
      prompt: 'What is it about? Its title is what lists show and searches weigh most.',
      validateInput: (value) => (value === '' ? undefined : Title.safeParse(value).error?.issues[0]?.message),
    });
    if (title === undefined || title.trim() === '') return;
    const [memory] = context.memories.create([{ title: title.trim(), content: '' }]).created;
    this.#options.watch.look();
    if (memory !== undefined) putCursorAtEnd(await openMemory(context, memory));
  };

  readonly search = async (): Promise<void> => {
    const context = await this.#options.contexts.open();
    const memory = await pickMemory(context, { title: 'Search Memories' });
    if (memory !== undefined) await openMemory(context, memory);
  };

  readonly open = async (...menu: MenuArguments): Promise<void> => {
    const target = await rowsOrPicked(this.#options.contexts, menu, {
      title: 'Open Memory',
      archived: 'include',
    });
    if (target === undefined) return;
    for (const memory of target.memories) await openMemory(target.context, memory);
  };

  /** Archives, which can be undone at once or from the Archived group. */
  readonly delete = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Delete Memory' });
    if (target === undefined) return;
    const ids = target.memories.map(({ id }) => id);
    target.context.memories.archive(ids);
    this.#options.watch.look();
    this.#offerUndo(target.context, `Deleted ${named(target.memories)}.`, ids);
  };

  readonly restore = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Restore Memory', archived: 'only' });
    target?.context.memories.restore(target.memories.map(({ id }) => id));
    this.#options.watch.look();
  };

  readonly deletePermanently = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Delete Memory Permanently', archived: 'include' });
    if (target === undefined || !(await confirmed(target.memories))) return;
    const ids = target.memories.map(({ id }) => id);
    target.context.memories.deleteForGood(ids);
    await closeMemories(ids);
    this.#options.watch.look();
  };

  readonly changeTier = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Change Tier' });
    if (target === undefined) return;
    const tier = await pickTier(target.memories);
    if (tier === undefined) return;
    target.context.memories.updateAll(
      target.memories.map(({ id }) => id),
      { tier },
    );
    this.#options.watch.look();
  };

  readonly editTags = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Edit Tags' });
    if (target === undefined) return;
    const { context, memories } = target;
    const common = commonTags(memories);
    const chosen = await pickTags(
      context.memories.tags().map(({ tag }) => tag),
      common,
    );
    if (chosen === undefined) return;
    const addTags = chosen.filter((tag) => !common.includes(tag));
    const removeTags = common.filter((tag) => !chosen.includes(tag));
    context.memories.updateAll(
      memories.map(({ id }) => id),
      { addTags, removeTags },
    );
    this.#options.watch.look();
  };

  readonly copyId = async (...menu: MenuArguments): Promise<void> => {
    const target = await this.#targets(menu, { title: 'Copy Memory ID', archived: 'include' });
    if (target === undefined) return;
    await vscode.env.clipboard.writeText(target.memories.map(({ id }) => id).join('\n'));
    vscode.window.setStatusBarMessage('Copied the ID', 2_000);
  };

  /** Filters as one types; Escape leaves the filter as it was. */
  readonly filter = async (): Promise<void> => {
    const { view } = this.#options;
    const before = view.search;
    const box = vscode.window.createInputBox();
    box.title = 'Filter Memories';
    box.placeholder = 'Words that the memories have';
    box.value = before;
    box.onDidChangeValue((value) => view.filter(value));
    const accepted = await new Promise<boolean>((resolve) => {
      box.onDidAccept(() => resolve(true));
      box.onDidHide(() => resolve(false));
      box.show();
    });
    box.dispose();
    if (!accepted) view.filter(before);
  };

  readonly loadMore = (node: unknown): void => {
    if (isMore(node)) this.#options.view.showMore(node);
  };

  #targets(menu: MenuArguments, options: PickOptions): Promise<MemoryTargets | undefined> {
    return memoryTargets(this.#options.contexts, menu, options);
  }

  #offerUndo({ memories }: OpenContext, message: string, ids: readonly string[]): void {
    void vscode.window.showInformationMessage(message, 'Undo').then((answer) => {
      if (answer !== 'Undo') return;
      try {
        memories.restore(ids);
        this.#options.watch.look();
      } catch (thrown) {
        this.#options.failed(thrown);
      }
    });
  }
}

function named(memories: readonly MemorySummary[]): string {
  const [only] = memories;
  return memories.length === 1 && only !== undefined ? `“${only.title}”` : `${memories.length} memories`;
}

async function confirmed(memories: readonly MemorySummary[]): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(
    `Delete ${named(memories)} permanently?`,
    { modal: true, detail: lossOf(memories) },
    'Delete Permanently',
  );
  return answer !== undefined;
}

function lossOf({ length }: readonly MemorySummary[]): string {
  return length === 1
    ? "It and its earlier versions cannot be brought back. Its bytes leave the context's files only some time later."
    : "They and their earlier versions cannot be brought back. Their bytes leave the context's files only some time later.";
}

async function pickTier(memories: readonly MemorySummary[]): Promise<Tier | undefined> {
  const picks = [
    { label: 'Long Term', description: 'what stays true', tier: 'long_term' },
    { label: 'Short Term', description: 'what matters for now', tier: 'short_term' },
  ] as const;
  const current = ({ tier }: { tier: Tier }) => memories.every((memory) => memory.tier === tier);
  const items = picks.map((pick) => ({
    ...pick,
    picked: current(pick),
    ...(current(pick) ? { detail: 'current' } : {}),
  }));
  return (await vscode.window.showQuickPick(items, { title: `Change Tier of ${named(memories)}` }))?.tier;
}

function commonTags(memories: readonly MemorySummary[]): string[] {
  const [first, ...rest] = memories;
  return (first?.tags ?? []).filter((tag) => rest.every(({ tags }) => tags.includes(tag)));
}

function putCursorAtEnd(editor: vscode.TextEditor): void {
  const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
  editor.selection = new vscode.Selection(end, end);
}
