import * as vscode from 'vscode';
import type { Thawed } from '../../core/windows/thawed.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { CacheCheck } from '../../core/windows/windowStatus.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { resumeInChat } from '../chat/openChat.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { offer } from '../views/offer.ts';
import { withProgress } from '../views/progress.ts';
import type { Reports } from '../views/reports.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { askName } from './askName.ts';
import { pickConversation } from './pickConversation.ts';
import { showWindowPage } from './windowPages.ts';
import { thawReport } from './windowReports.ts';
import { windowTarget, type WindowTarget } from './windowTargets.ts';

export interface WindowCommandsOptions {
  readonly contexts: Contexts;
  readonly connections: VllmConnections;
  readonly watch: ContextWatch;
  readonly reports: Reports;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
  /** Tells of failures after the command itself is over. */
  readonly failed: (thrown: unknown) => void;
}

/** Nothing is asked of the model here, so no answer is to be limited. */
const NO_REPLY = 1;

/** The commands that freeze conversations and work with the frozen ones; what changes a window: `WindowChanges`. */
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
    const name = conversation && (await askName(context, nameQuestion(conversation.name)));
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
    this.#offer(`Froze “${window.name}”. ${kept}.`, 'Show', () => showWindowPage(context, window));
  };

  readonly thaw = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Thaw Window');
    if (target !== undefined) await this.#thaw(target.context, target.window, false);
  };

  readonly show = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Show Window');
    if (target !== undefined) await showWindowPage(target.context, target.window);
  };

  /** Asks the server how much of a window it still has cached, which computes next to nothing. */
  readonly checkCache = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Check Cache of Window');
    if (target === undefined) return;
    const { contexts, connections } = this.#options;
    const { id, name } = target.window;
    await connections.settle(contexts.scopeOf(target.context));
    const { cache } = await withProgress(`Checking what is cached of “${name}”`, (signal) =>
      target.context.windows.status({ windowId: id }, true, signal),
    );
    void vscode.window.showInformationMessage(`“${name}”: ${cacheSentence(cache)}`);
  };

  readonly copyId = async (called: unknown): Promise<void> => {
    const target = await this.#target(called, 'Copy Window ID');
    if (target !== undefined) await copy(target.window.id);
  };

  async #thaw(context: OpenContext, { id, name }: WindowSummary, force: boolean): Promise<void> {
    const { contexts, connections, watch, reports } = this.#options;
    await connections.settle(contexts.scopeOf(context));
    const thawed = await withProgress(`Thawing “${name}”`, (signal) =>
      context.windows.thaw({ windowId: id }, { replyTokens: NO_REPLY, force }, signal),
    );
    watch.look();
    await reports.show(`Thaw of ${name}`, thawReport(thawed));
    if (thawed.sessionId !== null) await resumeInChat(thawed.sessionId, thawed.messages, this.#options.log);
    this.#tell(thawed, () => this.#thaw(context, context.windows.summary({ windowId: id }), true));
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

  #target(called: unknown, title: string): Promise<WindowTarget | undefined> {
    return windowTarget(this.#options.contexts, called, { title });
  }

  #offer(message: string, button: string, action: () => Promise<void>): void {
    offer(message, button, action, this.#options.failed);
  }
}

/** The suggested name gets a number where it is taken. */
function nameQuestion(suggested: string) {
  const prompt = 'A name for the window, to thaw it by';
  return { title: 'Freeze Conversation', prompt, value: suggested, allowed: suggested };
}

function cacheSentence(cache: CacheCheck | null): string {
  if (cache === null || cache.cachedTokens === null)
    return 'the server does not say how much of it is cached.';
  const { cachedTokens, promptTokens, reasons } = cache;
  const of = `${cachedTokens.toLocaleString()} of ${(promptTokens ?? 0).toLocaleString()}`;
  return [`${of} tokens are in the server's cache.`, ...reasons].join(' ');
}

async function copy(id: string): Promise<void> {
  await vscode.env.clipboard.writeText(id);
  vscode.window.setStatusBarMessage('Copied the ID', 2_000);
}
