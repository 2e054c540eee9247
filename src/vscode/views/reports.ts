import * as vscode from 'vscode';
import { REPORT_SCHEME } from '../contributions/reports.ts';
import type { LazyPages, PageContent } from '../shell/lazyPages.ts';

/** Reports as Markdown documents that nobody can change, and that are gone when they are closed. */
export class Reports implements PageContent, vscode.Disposable {
  readonly #pages: LazyPages;
  readonly #closed: vscode.Disposable;
  readonly #texts = new Map<string, string>();

  constructor(pages: LazyPages) {
    this.#pages = pages;
    this.#closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString()));
  }

  /** Shows `markdown` under `title`, in the place of an earlier report of that title. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: REPORT_SCHEME, path: `/${title.replaceAll('/', ' ')}.md` });
    this.#texts.set(uri.toString(), markdown);
    this.#pages.refresh(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.toString()) ??
      'This report is from before the window was reloaded. Run its command again.\n'
    );
  }

  dispose(): void {
    this.#closed.dispose();
  }
}
