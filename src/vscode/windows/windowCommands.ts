import * as vscode from 'vscode';
import { limits } from '../../core/limits.ts';
import type { Thawed } from '../../core/windows/thawed.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { abortedBy } from '../views/cancellation.ts';
import type { Reports } from '../views/reports.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { pickConversation } from './pickConversation.ts';
import { pickWindow } from './pickWindow.ts';
import { thawReport, windowReport } from './windowReports.ts';
import { isWindowNode } from './windowsView.ts';

export interface WindowCommandsOptions {
  readonly contexts: Contexts;
  readonly connections: VllmConnections;
  readonly watch: ContextWatch;
  readonly reports: Reports;
  /** Tells of failures after the command itself is over. */
  readonly failed: (thrown: unknown) => void;
}

/** Nothing is asked of the model here, so no answer is to be limited. */
const NO_REPLY = 1;

/** The commands on frozen windows. */
export class WindowCommands {
  readonly #options: WindowCommandsOptions;

  constructor(options: WindowCommandsOptions) {
    this.#options = options;
  }

  readonly freeze = async (): Promise<void> => {
    const { contexts, connections, watch } = this.#options;
    const { scope } = contexts;
    const context = await contexts.open(scope);
    const conversation = await pickConversation(context, connections.model(scope));
    const name = conversation && (await askName(conversation.name));
    if (conversation === undefined || name === undefined) return;
    await connections.settle(scope);
    // The suggested name gets a number where it is taken; a name that was chosen is kept or refused.
    const window = await withProgress(`Freezing “${name}”`, (signal) =>
      context.windows.freeze(conversation.source, name === conversation.name ? {} : { name }, signal),
    );
    watch.look();
    const kept =
      window.promptTokens === null
        ? 'Its text is kept'
        : `${window.promptTokens.toLocaleString()} exact tokens are kept`;
    this.#offer(`Froze “${window.name}”. ${kept}.`, 'Show', () => this.show({ kind: 'window', window }));
  };

  readonly thaw = async (row: unknown): Promise<void> => {
    const target = await this.#target(row, 'Thaw Window');
    if (target !== undefined) await this.#thaw(target.context, target.window, false);
  };

  readonly show = async (row: unknown): Promise<void> => {
    const target = await this.#target(row, 'Show Window');
    if (target === undefined) return;
    const { id, name } = target.window;
    await this.#options.reports.show(
      `Window ${name}`,
      windowReport(target.context.windows.get({ windowId: id })),
    );
  };

  /** Takes it out of the list; by its id it can still be thawed. */
  readonly delete = async (row: unknown): Promise<void> => {
    const target = await this.#target(row, 'Delete Window');
    if (target === undefined) return;
    const { id, name } = target.window;
    target.context.windows.archive({ windowId: id });
    this.#options.watch.look();
    this.#offer(`Deleted the window “${name}”. Its ID still finds it in the archive.`, 'Copy ID', () =>
      copy(id),
    );
  };

  readonly copyId = async (row: unknown): Promise<void> => {
    const target = await this.#target(row, 'Copy Window ID');
    if (target !== undefined) await copy(target.window.id);
  };

  async #thaw(context: OpenContext, { id, name }: WindowSummary, force: boolean): Promise<void> {
    const { contexts, connections, watch, reports } = this.#options;
    await connections.settle(contexts.scope);
    const thawed = await withProgress(`Thawing “${name}”`, (signal) =>
      context.windows.thaw({ windowId: id }, { replyTokens: NO_REPLY, force }, signal),
    );
    watch.look();
    await reports.show(`Thaw of ${name}`, thawReport(thawed));
    this.#tell(thawed, () => this.#thaw(context, context.windows.get({ windowId: id }), true));
  }

  #tell({ name, status, promptTokens, cachedTokens }: Thawed, again: () => Promise<void>): void {
    if (status === 'drifted') {
      this.#offer(
        `“${name}” was not thawed: the server makes other tokens of it now.`,
        'Thaw the Exact Tokens Anyway',
        again,
      );
      return;
    }
    const cached = cachedTokens === null ? '' : `, ${cachedTokens.toLocaleString()} from the cache`;
    const tokens = promptTokens === null ? 'as text' : `${promptTokens.toLocaleString()} tokens${cached}`;
    vscode.window.setStatusBarMessage(`$(flame) Thawed “${name}”: ${tokens}`, 5_000);
  }

  async #target(
    row: unknown,
    title: string,
  ): Promise<{ context: OpenContext; window: WindowSummary } | undefined> {
    const context = await this.#options.contexts.open();
    const window = isWindowNode(row) ? row.window : await pickWindow(context, title);
    return window && { context, window };
  }

  /** A quiet notification; what its button does fails like a command of its own. */
  #offer(message: string, button: string, action: () => Promise<void>): void {
    void vscode.window.showInformationMessage(message, button).then((answer) => {
      if (answer === button) void action().catch(this.#options.failed);
    });
  }
}

function withProgress<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (_progress, token) => abortedBy(token, work));
}

async function askName(suggested: string): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: 'Freeze Conversation',
    prompt: 'A name for the window, to thaw it by',
    value: suggested,
    validateInput: (value) => {
      if (value.trim() === '') return 'The window needs a name';
      return [...value].length > limits.nameCharacters
        ? `At most ${limits.nameCharacters} characters`
        : undefined;
    },
  });
  return name?.trim();
}

async function copy(id: string): Promise<void> {
  await vscode.env.clipboard.writeText(id);
  vscode.window.setStatusBarMessage('Copied the ID', 2_000);
}
