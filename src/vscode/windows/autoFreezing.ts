import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import type { Endpoints } from '../../core/vllm/endpoints/endpoints.ts';
import type { Outcome } from '../../core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../../core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../../core/windows/autoFreeze/runner.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { ActiveScope } from '../contexts/activeScope.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import type { Scope } from '../contexts/scope.ts';
import { commandId } from '../contributions/commands.ts';
import { DisposableStore } from '../disposables.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import type { FillStatus } from './fillStatus.ts';
import { FreezeNotices } from './freezeNotices.ts';
import { windowUri } from './windowPages.ts';

export interface AutoFreezingOptions {
  readonly contexts: Contexts;
  readonly active: ActiveScope;
  readonly connections: VllmConnections;
  readonly watch: ContextWatch;
  readonly status: FillStatus;
  readonly log: vscode.LogOutputChannel;
  /** Tells of failures of what a button does. */
  readonly failed: (thrown: unknown) => void;
}

/** Applies the auto-freeze policies of the contexts that this window has opened, and tells the person what was frozen. */
export class AutoFreezing implements vscode.Disposable {
  readonly #options: AutoFreezingOptions;
  readonly #opened = new DisposableStore();
  readonly #looked = new Set<OpenContext>();
  readonly #notices: FreezeNotices;

  constructor(options: AutoFreezingOptions) {
    this.#options = options;
    const { contexts, active, watch, status } = options;
    this.#notices = new FreezeNotices({
      ask: (message, ...buttons) => vscode.window.showInformationMessage(message, ...buttons),
      show: (context, window) =>
        vscode.commands.executeCommand(commandId('showWindow'), windowUri(context, window)),
      undone: () => watch.look(),
    });
    this.#opened.add(
      contexts.onDidOpen(({ scope, outcome }) => {
        if ('context' in outcome) this.#lookAfter(scope, outcome.context);
      }),
    );
    this.#opened.add(active.onDidChange(() => status.follow()));
    this.#opened.add(watch.onDidChange(() => status.refresh()));
  }

  dispose(): void {
    this.#opened.dispose();
  }

  #lookAfter(scope: Scope, context: OpenContext): void {
    if (this.#looked.has(context)) return;
    this.#looked.add(context);
    const { status, log } = this.#options;
    const { sessions, autoFreeze } = context.windows;
    const connect = () => this.#connectQuietly(scope);
    const runner = new AutoFreezeRunner({
      store: context.store,
      windows: context.windows,
      now: Date.now,
      connect,
      onRun: (outcomes) => this.#tell(context, outcomes),
      onFailure: ({ sentence }) => log.warn(`Auto-freeze rests for a while: ${sentence}`),
    });
    this.#opened.add(runner);
    this.#opened.add({ dispose: sessions.onRecorded((id) => status.follow({ context, id, connect })) });
    this.#opened.add({ dispose: autoFreeze.onConfigured(() => status.refresh()) });
  }

  /** What happens by itself asks the person nothing: a server that they have not allowed yet is none. */
  async #connectQuietly(scope: Scope): Promise<Endpoints> {
    const endpoints = this.#options.connections.connectQuietly(scope);
    if (endpoints === undefined) throw noEndpoint();
    return endpoints;
  }

  #tell(context: OpenContext, outcomes: readonly Outcome[]): void {
    const { watch, status, log, failed } = this.#options;
    for (const outcome of outcomes) {
      if (outcome.kind !== 'left')
        log.info(`Auto-freeze, “${outcome.decision.session.title}”: ${outcomeText(outcome)}`);
    }
    watch.look();
    status.refresh();
    void this.#notices.announce(context, outcomes).catch(failed);
  }
}
