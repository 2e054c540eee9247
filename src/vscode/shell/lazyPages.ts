import * as vscode from 'vscode';
import type { UseEngine } from './useEngine.ts';

/** What the engine does for documents that it writes and nobody edits. */
export interface Pages {
  provideTextDocumentContent(uri: vscode.Uri): string | Promise<string>;
}

/** The pages of a scheme, there before the engine is, which is loaded when the first one is asked for. */
export class LazyPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #pages: () => Promise<Pages>;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();

  readonly onDidChange = this.#changed.event;

  constructor(engine: UseEngine, pages: 'windowPages' | 'reports') {
    this.#pages = async () => (await engine())[pages];
  }

  /** Has the editor read a page anew. */
  announce(uri: vscode.Uri): void {
    this.#changed.fire(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return (await this.#pages()).provideTextDocumentContent(uri);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
