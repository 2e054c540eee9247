import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import { listMemories } from '../../core/memory/listMemories.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { commandId } from '../contributions/commands.ts';
import { DisposableStore } from '../disposables.ts';
import { sentenceOf } from '../views/failures.ts';
import type { ActiveScope } from './activeScope.ts';
import type { Contexts, Opening } from './contexts.ts';
import type { ContextWatch } from './contextWatch.ts';
import type { Scope } from './scope.ts';

/** Says in the status bar which context is in use, and whether something is wrong with it. */
export class StatusBar implements vscode.Disposable {
  readonly #opened = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  #context: OpenContext | undefined;

  constructor(contexts: Contexts, active: ActiveScope, watch: ContextWatch) {
    this.#item = this.#opened.add(
      vscode.window.createStatusBarItem('permafrost.context', vscode.StatusBarAlignment.Right, 50),
    );
    this.#item.name = 'Permafrost Context';
    this.#item.command = commandId('showContextInfo');
    this.#opened.add(
      contexts.onDidOpen(
        ({ scope, outcome }) => scope.uri === active.get().uri && this.#tell(scope, outcome),
      ),
    );
    this.#opened.add(watch.onDidChange((context) => context === this.#context && this.#count(context)));
    this.#opened.add(active.onDidChange((scope) => this.#name(scope)));
    this.#name(active.get());
    this.#item.show();
  }

  dispose(): void {
    this.#opened.dispose();
  }

  /** The context of a folder is in use and not opened yet. */
  #name({ name }: Scope): void {
    this.#context = undefined;
    this.#show(name, `Permafrost: memories of “${name}”`, false);
  }

  #tell({ name }: Scope, outcome: Opening['outcome']): void {
    if ('context' in outcome) {
      if (outcome.context !== this.#context) this.#count(outcome.context);
      return;
    }
    this.#context = undefined;
    this.#show(name, sentenceOf(asPermafrostError(outcome.error)), true);
  }

  #count(context: OpenContext): void {
    this.#context = context;
    const { name } = context.identity;
    const refusal = context.store.refusesWrites;
    const memories = listMemories(context.store, { limit: 1 }).total;
    const windows = context.windows.list({ limit: 1 }).total;
    const counts = `${memories.toLocaleString()} memories, ${windows.toLocaleString()} frozen windows`;
    const facts = refusal === undefined ? counts : `${counts}. ${sentenceOf(refusal)}`;
    this.#show(name, `Permafrost: “${name}”, ${facts}`, refusal !== undefined);
  }

  #show(name: string, tooltip: string, isWarning: boolean): void {
    this.#item.text = `$(${isWarning ? 'warning' : 'library'}) ${name}`;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: tooltip };
    this.#item.backgroundColor = isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }
}
