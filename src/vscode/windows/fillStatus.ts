import * as vscode from 'vscode';
import type { Connect } from '../../core/windows/reach.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { commandId } from '../contributions/commands.ts';
import { DisposableStore } from '../disposables.ts';
import { fillText } from './fillText.ts';

/** A conversation that is had in this window. */
export interface FollowedSession {
  readonly context: OpenContext;
  readonly id: string;
  /** The server to ask, without asking the person anything. */
  readonly connect: Connect;
}

/** Says in the status bar how full the context window is of the conversation that had the last turn here. */
export class FillStatus implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #opened = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  #followed: FollowedSession | undefined;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#item = this.#opened.add(
      vscode.window.createStatusBarItem('permafrost.fill', vscode.StatusBarAlignment.Right, 49),
    );
    this.#item.name = 'Permafrost Context Window';
    this.#item.command = commandId('configureAutoFreeze');
  }

  /** Shows this conversation from now on; none when left out. */
  follow(followed?: FollowedSession): void {
    this.#followed = followed;
    this.refresh();
  }

  /** Reads anew what is shown. */
  refresh(): void {
    const followed = this.#followed;
    if (followed === undefined) this.#item.hide();
    else void this.#show(followed).catch((thrown: unknown) => this.#fail(thrown));
  }

  dispose(): void {
    this.#followed = undefined;
    this.#opened.dispose();
  }

  async #show(followed: FollowedSession): Promise<void> {
    const { context, id, connect } = followed;
    const { decisions } = await context.windows.autoFreeze.check({ sessions: { ids: [id] }, connect });
    if (this.#followed !== followed) return; // Another conversation went on meanwhile.
    const [decision] = decisions;
    if (decision?.session.state !== 'active') {
      this.#item.hide();
      return;
    }
    const { text, tooltip } = fillText(decision);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: tooltip };
    this.#item.show();
  }

  #fail(thrown: unknown): void {
    this.#log.warn('How full the context window is cannot be said:', thrown);
    this.#item.hide();
  }
}
