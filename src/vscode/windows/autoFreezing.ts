import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import type { Outcome } from '../../core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../../core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../../core/windows/autoFreeze/runner.ts';
import type { Connect } from '../../core/windows/reach.ts';
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
    this.#opened.add(active.onDidChange(() => status.clear()));
    this.#opened.add(watch.onDidChange(() => status.refresh()));
  }

  /** Says in the status bar how full this conversation's context window is, for it is the person's own. */
  readonly follow = (context: OpenContext, id: string): void => {
    const connect = this.#connectTo(this.#options.contexts.scopeOf(context));
    void this.#options.status.follow({ context, id, connect });
  };

  dispose(): void {
    this.#opened.dispose();
  }

  #lookAfter(scope: Scope, context: OpenContext): void {
    if (this.#looked.has(context)) return;
    this.#looked.add(context);
    const { status, log } = this.#options;
    const { sessions, autoFreeze } = context.windows;
    const connect = this.#connectTo(scope);
    const runner = new AutoFreezeRunner({
      store: context.store,
      windows: context.windows,
      now: Date.now,
      connect,
      onRun: (outcomes) => this.#tell(context, outcomes),
      onFailure: ({ sentence }) => log.warn(`Auto-freeze rests for a while: ${sentence}`),
    });
    this.#opened.add(runner);
    this.#opened.add({
      dispose: sessions.onRecorded((id) => void status.consider({ context, id, connect })),
    });
    this.#opened.add({ dispose: autoFreeze.onConfigured(() => status.refresh()) });
  }

  /** What happens by itself asks the person nothing: a server that they have not allowed yet is none. */
  #connectTo(scope: Scope): Connect {
    return async () => {
      const endpoints = this.#options.connections.connectQuietly(scope);
      if (endpoints === undefined) throw noEndpoint();
      return endpoints;
    };
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
