import type * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { DisposableStore } from '../disposables.ts';
import type { StatusBar } from '../shell/statusBar.ts';
import type { ActiveScope } from './activeScope.ts';
import type { Contexts, Opening } from './contexts.ts';
import type { ContextWatch } from './contextWatch.ts';
import type { Scope } from './scope.ts';

/** Tells the status bar how many memories the active context has, and what is wrong with it. */
export class ContextStatus implements vscode.Disposable {
  readonly #statusBar: StatusBar;
  readonly #opened = new DisposableStore();
  #context: OpenContext | undefined;

  constructor(statusBar: StatusBar, contexts: Contexts, active: ActiveScope, watch: ContextWatch) {
    this.#statusBar = statusBar;
    this.#opened.add(
      contexts.onDidOpen(
        ({ scope, outcome }) => scope.uri === active.get().uri && this.#tell(scope, outcome),
      ),
    );
    this.#opened.add(watch.onDidChange((context) => context === this.#context && this.#count(context)));
    this.#opened.add(active.onDidChange(() => (this.#context = undefined)));
  }

  dispose(): void {
    this.#opened.dispose();
  }

  #tell({ name }: Scope, outcome: Opening['outcome']): void {
    if ('context' in outcome) {
      if (outcome.context !== this.#context) this.#count(outcome.context);
      return;
    }
    this.#context = undefined;
    this.#warn(name, outcome.error);
  }

  /** What cannot be read any more is kept in mind: when it is back, it is counted again. */
  #count(context: OpenContext): void {
    this.#context = context;
    try {
      this.#showCounts(context);
    } catch (thrown) {
      this.#warn(context.identity.name, thrown);
    }
  }

  #showCounts(context: OpenContext): void {
    const { name } = context.identity;
    const refusal = context.store.refusesWrites;
    const memories = context.memories.list({ limit: 1 }).total;
    const windows = context.windows.list({ limit: 1 }).total;
    const counts = `${memories.toLocaleString()} memories, ${windows.toLocaleString()} frozen windows`;
    const facts = refusal === undefined ? counts : `${counts}. ${refusal.sentence}`;
    this.#statusBar.show(name, `Permafrost: “${name}”, ${facts}`, refusal !== undefined);
  }

  #warn(name: string, thrown: unknown): void {
    this.#statusBar.show(name, asPermafrostError(thrown).sentence, true);
  }
}
