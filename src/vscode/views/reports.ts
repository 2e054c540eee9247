import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';

const SCHEME = 'permafrost-report';

/** Reports as Markdown documents that nobody can change, and that are gone when they are closed. */
export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #texts = new Map<string, string>();

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#opened.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.#opened.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    );
  }

  /** Shows `markdown` under `title`, in the place of an earlier report of that title. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title.replaceAll('/', ' ')}.md` });
    this.#texts.set(uri.toString(), markdown);
    this.#changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.toString()) ??
      'This report is from before the window was reloaded. Run its command again.\n'
    );
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
