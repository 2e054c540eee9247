import * as vscode from 'vscode';
import { Tag } from '../../core/memory/memory.ts';
import { DisposableStore } from '../disposables.ts';

interface TagPick extends vscode.QuickPickItem {
  readonly isNew?: boolean;
}

/**
 * Lets the person choose among `known` tags, with `chosen` ticked; what is typed and not known can be added.
 * @returns the tags ticked at the end, or undefined when the person left.
 */
export function pickTags(known: readonly string[], chosen: readonly string[]): Promise<string[] | undefined> {
  const opened = new DisposableStore();
  const pick = opened.add(vscode.window.createQuickPick<TagPick>());
  pick.canSelectMany = true;
  pick.title = 'Edit Tags';
  pick.placeholder = 'Tick tags, or type a new one';
  const items = [...new Set([...chosen, ...known])].map((label): TagPick => ({ label }));
  pick.items = items;
  pick.selectedItems = items.filter(({ label }) => chosen.includes(label));
  opened.add(pick.onDidChangeValue((typed) => offer(pick, typed.trim())));
  return new Promise<string[] | undefined>((resolve) => {
    opened.add(pick.onDidAccept(() => resolve(tickedAndTyped(pick))));
    opened.add(pick.onDidHide(() => resolve(undefined)));
    pick.show();
  }).finally(() => opened.dispose());
}

/** A new tag that stands in the box counts as ticked: it was typed to be added. */
function tickedAndTyped({ selectedItems, items, value }: vscode.QuickPick<TagPick>): string[] {
  const typed = items.filter(({ label, isNew }) => isNew === true && label === value.trim());
  return [...new Set([...selectedItems, ...typed].map(({ label }) => label))];
}

/**
 * Offers what is typed as a new tag, and keeps new ones that are ticked. It comes last, so that the others keep their
 * places: the editor tells of a ticked row by its place in the list that is drawn, which may be the one before. On
 * display it is the first, since it fits best.
 */
function offer(pick: vscode.QuickPick<TagPick>, typed: string): void {
  const ticked = pick.selectedItems;
  const kept = pick.items.filter((item) => item.isNew !== true || ticked.includes(item));
  const isNew = Tag.safeParse(typed).success && kept.every(({ label }) => label !== typed);
  pick.items = isNew ? [...kept, { label: typed, description: 'new tag', isNew }] : kept;
  pick.selectedItems = ticked;
}
