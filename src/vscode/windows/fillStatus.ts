import * as vscode from 'vscode';
import type { AutoFreeze } from '../../core/windows/autoFreeze/autoFreeze.ts';
import type { Decision } from '../../core/windows/autoFreeze/decide.ts';
import type { SessionFacts } from '../../core/windows/autoFreeze/facts.ts';
import type { Connect } from '../../core/windows/reach.ts';
import { commandId } from '../contributions/commands.ts';
import { DisposableStore } from '../disposables.ts';
import { fillText } from './fillText.ts';

/** A conversation that is had in this window. */
export interface FollowedSession {
  readonly context: { readonly windows: { readonly autoFreeze: Pick<AutoFreeze, 'check'> } };
  readonly id: string;
  /** The server to ask, without asking the person anything. */
  readonly connect: Connect;
}

interface Shown {
  readonly followed: FollowedSession;
  readonly session: SessionFacts;
  /** Whether it is known to be the person's own, and no request of an agent. */
  readonly isPersons: boolean;
}

/** Says in the status bar how full the context window is of the conversation that the person had the last turn in here. */
export class FillStatus implements vscode.Disposable {
  readonly #log: Pick<vscode.LogOutputChannel, 'warn'>;
  readonly #opened = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  #shown: Shown | undefined;
  /** Changes whenever it is settled what is to be shown: what is still being read for before that comes too late. */
  #settled = 0;

  constructor(log: Pick<vscode.LogOutputChannel, 'warn'>) {
    this.#log = log;
    this.#item = this.#opened.add(
      vscode.window.createStatusBarItem('permafrost.fill', vscode.StatusBarAlignment.Right, 49),
    );
    this.#item.name = 'Permafrost Context Window';
    this.#item.command = commandId('configureAutoFreeze');
  }

  /** Shows a conversation that is the person's own from now on. */
  follow(followed: FollowedSession): Promise<void> {
    this.#settled += 1;
    if (!this.#isShown(followed.id)) this.#hide(); // Though nothing can be said of the new one, it is not the old one.
    return this.#read(followed, () => true, true);
  }

  /** Shows a conversation that had a turn from now on, unless it seems to be beside the one that is shown. */
  consider(followed: FollowedSession): Promise<void> {
    return this.#read(
      followed,
      (session) => this.#shown === undefined || !isBeside(session, this.#shown),
      false,
    );
  }

  /** Reads anew what is shown. */
  refresh(): void {
    if (this.#shown === undefined) return;
    const { followed, isPersons } = this.#shown;
    void this.#read(followed, () => this.#shown?.followed === followed, isPersons);
  }

  /** Shows none until the next turn. */
  clear(): void {
    this.#settled += 1;
    this.#hide();
  }

  dispose(): void {
    this.clear();
    this.#opened.dispose();
  }

  async #read(
    followed: FollowedSession,
    isWanted: (session: SessionFacts) => boolean,
    isPersons: boolean,
  ): Promise<void> {
    const { context, id, connect } = followed;
    const settled = this.#settled;
    try {
      const { decisions } = await context.windows.autoFreeze.check({ sessions: { ids: [id] }, connect });
      const [decision] = decisions;
      if (this.#settled !== settled) return;
      if (decision?.session.state === 'active') {
        if (isWanted(decision.session)) this.#show(decision, followed, isPersons || this.#isPersons(id));
      } else if (this.#isShown(id)) this.#hide();
    } catch (thrown) {
      this.#log.warn('How full the context window is cannot be said:', thrown);
      if (this.#settled === settled && this.#isShown(id)) this.#hide();
    }
  }

  #isPersons(id: string): boolean {
    return this.#isShown(id) && this.#shown?.isPersons === true;
  }

  #isShown(id: string): boolean {
    return this.#shown?.followed.id === id;
  }

  #show(decision: Decision, followed: FollowedSession, isPersons: boolean): void {
    this.#shown = { followed, session: decision.session, isPersons };
    const { text, tooltip } = fillText(decision);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: tooltip };
    this.#item.show();
  }

  #hide(): void {
    this.#shown = undefined;
    this.#item.hide();
  }
}

/**
 * Whether a session seems to be beside the conversation that is shown: the editor asks the same models for titles and
 * summaries, and no request says what it is for. Those have one turn, and less to say than the conversation that they are
 * for. A conversation that the person begins with an agent is beside another one, too, until its second turn.
 */
function isBeside({ id, turnCount, tokenCount }: SessionFacts, { session, isPersons }: Shown): boolean {
  if (id === session.id || turnCount > 1) return false;
  return isPersons || session.turnCount > 1 || (tokenCount ?? 0) < (session.tokenCount ?? 0);
}
