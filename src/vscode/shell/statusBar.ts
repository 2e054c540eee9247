import * as vscode from 'vscode';
import type { ActiveScope } from '../contexts/activeScope.ts';
import { commandId } from '../contributions/commands.ts';
import { DisposableStore } from '../disposables.ts';

/** Says in the status bar which context is in use. What it holds, or what is wrong with it, the engine tells. */
export class StatusBar implements vscode.Disposable {
  readonly #opened = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(active: ActiveScope) {
    this.#item = this.#opened.add(
      vscode.window.createStatusBarItem('permafrost.context', vscode.StatusBarAlignment.Right, 50),
    );
    this.#item.name = 'Permafrost Context';
    this.#item.command = commandId('showContextInfo');
    this.#opened.add(active.onDidChange(({ name }) => this.#name(name)));
    this.#name(active.get().name);
    this.#item.show();
  }

  show(name: string, tooltip: string, isWarning: boolean): void {
    this.#item.text = `$(${isWarning ? 'warning' : 'library'}) ${name}`;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: tooltip };
    this.#item.backgroundColor = isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }

  dispose(): void {
    this.#opened.dispose();
  }

  #name(name: string): void {
    this.show(name, `Permafrost: memories of “${name}”`, false);
  }
}
