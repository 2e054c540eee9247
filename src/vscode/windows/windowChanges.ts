import * as vscode from 'vscode';
import { known } from '../../core/known.ts';
import type { Deleted } from '../../core/windows/deletion.ts';
import { mayMove } from '../../core/windows/session.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { Description } from '../../tools/windows/fields.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { pickTags } from '../memories/pickTags.ts';
import { offer } from '../views/offer.ts';
import { askName } from './askName.ts';
import { windowTarget, type WindowTarget } from './windowTargets.ts';

export interface WindowChangesOptions {
  readonly contexts: Contexts;
  readonly watch: ContextWatch;
  /** Tells of failures after the command itself is over. */
  readonly failed: (thrown: unknown) => void;
}

/** The commands that clone, rename, describe, tag, delete and bring back frozen windows. Each is one commit. */
export class WindowChanges {
  readonly #options: WindowChangesOptions;

  constructor(options: WindowChangesOptions) {
    this.#options = options;
  }

  readonly clone = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Clone Window');
    if (target === undefined) return;
    const { context, window } = target;
    const question = {
      title: 'Clone Window',
      prompt: `A name for the clone of “${window.name}”`,
      value: `${window.name}: `,
    };
    const name = await askName(context, question);
    if (name === undefined) return;
    context.windows.clone({ windowId: window.id }, { name });
    this.#options.watch.look();
  };

  readonly rename = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Rename Window');
    if (target === undefined) return;
    const { context, window } = target;
    const { name: value } = window;
    const name = await askName(context, {
      title: 'Rename Window',
      prompt: 'Its new name',
      value,
      allowed: value,
    });
    if (name !== undefined && name !== value) this.#change(target, { name });
  };

  readonly describe = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Describe Window');
    if (target === undefined) return;
    const description = await vscode.window.showInputBox({
      title: 'Describe Window',
      prompt: `What “${target.window.name}” is about; empty for nothing`,
      value: target.window.description ?? '',
      validateInput: (value) => Description.safeParse(value).error?.issues[0]?.message,
    });
    if (description !== undefined) this.#change(target, { description: description.trim() || null });
  };

  readonly editTags = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Edit Window Tags');
    if (target === undefined) return;
    const tags = await pickTags(target.context.windows.tags(), target.window.tags);
    if (tags !== undefined) this.#change(target, { tags });
  };

  /** Takes it out of the list, its clones too when the person agrees; all of it can be undone. */
  readonly delete = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Delete Window');
    if (target === undefined) return;
    const { context, window } = target;
    if (window.archived)
      return this.#offerBack(`The window “${window.name}” was deleted before.`, 'Restore', context, [
        window.id,
      ]);
    const clones = context.windows.clones(window.id).filter(({ archived }) => !archived);
    if (clones.length > 0 && !(await confirmed(window, clones, 'Delete All'))) return;
    const ids = context.windows.archive({ windowId: window.id }, { cascade: clones.length > 0 });
    this.#options.watch.look();
    const message = `Deleted the window “${window.name}”${withClones(ids.length - 1)}.`;
    this.#offerBack(message, 'Undo', context, ids);
  };

  readonly restore = async (called: unknown): Promise<void> => {
    const options = { title: 'Restore Window', state: 'archived' } as const;
    const target = await windowTarget(this.#options.contexts, called, options);
    if (target !== undefined) this.#bringBack(target.context, [target.window.id]);
  };

  readonly deletePermanently = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Delete Window Permanently');
    if (target === undefined) return;
    const { context, window } = target;
    const clones = context.windows.clones(window.id);
    if (!(await confirmed(window, clones, 'Delete Permanently'))) return;
    const deleted = context.windows.deleteForGood({ windowId: window.id }, { cascade: clones.length > 0 });
    this.#options.watch.look();
    void vscode.window.showInformationMessage(deletedForGood(window, deleted, context));
  };

  #change({ context, window }: WindowTarget, change: Parameters<OpenContext['windows']['change']>[1]): void {
    context.windows.change({ windowId: window.id }, change);
    this.#options.watch.look();
  }

  #offerBack(
    message: string,
    button: 'Undo' | 'Restore',
    context: OpenContext,
    ids: readonly string[],
  ): void {
    offer(message, button, () => this.#bringBack(context, ids), this.#options.failed);
  }

  #bringBack({ windows }: OpenContext, ids: readonly string[]): void {
    const was = ids.map((id) => windows.summary({ windowId: id }).name);
    const renamed = windows.unarchive(ids).filter(({ name }, at) => name !== was[at]);
    this.#options.watch.look();
    if (renamed.length === 0) return;
    const names = renamed.map(({ name }) => `“${name}”`).join(', ');
    void vscode.window.showInformationMessage(
      `Another window has the old name now, so it is back as ${names}.`,
    );
  }

  #target(called: unknown, title: string): Promise<WindowTarget | undefined> {
    return windowTarget(this.#options.contexts, called, { title });
  }
}

/** What became of a window and of what was said in it. */
function deletedForGood(
  { name }: WindowSummary,
  { windows, deletedSessions, keptSessions }: Deleted,
  { windows: { sessions } }: OpenContext,
): string {
  const clones = withClones(windows.length - 1);
  const session = deletedSessions.length > 0 ? ', with the session that was frozen as it' : '';
  const kept = keptSessions.flatMap((id) => known(() => sessions.summary(id)) ?? []);
  const named = kept.map(
    ({ title, state }) => `“${title}” (${mayMove(state, 'active') ? 'can go on' : state})`,
  );
  const stays =
    named.length > 0 ? ` What was said in it, or its beginning, may stay in ${firstOf(named)}.` : '';
  return `Deleted the window “${name}”${clones} permanently${session}.${stays}`;
}

const FOR_GOOD =
  'The session that is frozen as it goes too, unless another window was made of it or an answer is on its way. This cannot be undone.';

async function confirmed(
  { name }: WindowSummary,
  clones: readonly { readonly name: string; readonly archived: boolean }[],
  button: 'Delete All' | 'Delete Permanently',
): Promise<boolean> {
  const named = clones.map((clone) => `“${clone.name}”${clone.archived ? ' (deleted before)' : ''}`);
  const detail = [
    ...(clones.length > 0 ? [`Its clones share its content and go with it: ${firstOf(named)}.`] : []),
    ...(button === 'Delete Permanently' ? [FOR_GOOD] : []),
  ];
  const question = `Delete the window “${name}”${withClones(clones.length)}${button === 'Delete Permanently' ? ' permanently' : ''}?`;
  const answer = await vscode.window.showWarningMessage(
    question,
    { modal: true, detail: detail.join(' ') },
    button,
  );
  return answer !== undefined;
}

function withClones(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' and its clone' : ` and its ${count} clones`;
}

const NAMED = 5;

function firstOf(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
