import * as vscode from 'vscode';
import type { Pages } from '../shell/lazyPages.ts';
import { REPORT_SCHEME } from './reportScheme.ts';

/** Reports as Markdown documents that nobody can change, and that are gone when they are closed. */
export class Reports implements Pages, vscode.Disposable {
  readonly #changed: (uri: vscode.Uri) => void;
  readonly #texts = new Map<string, string>();
  readonly #closing: vscode.Disposable;

  /** @param changed has the editor read a report anew */
  constructor(changed: (uri: vscode.Uri) => void) {
    this.#changed = changed;
    this.#closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString()));
  }

  /** Shows `markdown` under `title`, in the place of an earlier report of that title. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: REPORT_SCHEME, path: `/${title.replaceAll('/', ' ')}.md` });
    this.#texts.set(uri.toString(), markdown);
    this.#changed(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.toString()) ??
      'This report is from before the window was reloaded. Run its command again.\n'
    );
  }

  dispose(): void {
    this.#closing.dispose();
  }
}
