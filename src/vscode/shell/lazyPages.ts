import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { UseEngine } from './useEngine.ts';

/** What the engine does for pages that nobody can edit. */
export type PageContent = Pick<vscode.TextDocumentContentProvider, 'provideTextDocumentContent'>;

/** The pages of a scheme, there at once for those that the editor restores; what they say comes from the engine. */
export class LazyPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #content: () => Promise<PageContent>;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<vscode.Uri>());

  readonly onDidChange = this.#changed.event;

  constructor(scheme: string, engine: UseEngine, pages: 'windowPages' | 'reports') {
    this.#content = async () => (await engine())[pages];
    this.#opened.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
  }

  /** Has the editor read a page anew. */
  refresh(uri: vscode.Uri): void {
    this.#changed.fire(uri);
  }

  async provideTextDocumentContent(
    uri: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<string | null | undefined> {
    return (await this.#content()).provideTextDocumentContent(uri, token);
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
