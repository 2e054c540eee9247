import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import { currentScopes, type Scope } from './scope.ts';

const CHOSEN = 'permafrost.chosenFolder';

/**
 * The folder that views, tools and commands are about: the chosen one, else that of the last active editor, else
 * the first.
 */
export class ActiveScope implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<Scope>());
  #ofEditor: string | undefined;
  #last: Scope;

  readonly onDidChange = this.#changed.event;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
    this.#ofEditor = folderOf(vscode.window.activeTextEditor);
    this.#last = this.get();
    this.#opened.add(vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)));
    this.#opened.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#announce()));
  }

  get(): Scope {
    const scopes = currentScopes();
    const withUri = (wanted: string | undefined) => scopes.find(({ uri }) => uri === wanted);
    return withUri(this.chosen) ?? withUri(this.#ofEditor) ?? scopes[0];
  }

  /** The URI of the folder that the person chose, if one. */
  get chosen(): string | undefined {
    return this.#memento.get<string>(CHOSEN);
  }

  /** Stays with `scope` from now on; without one, follows the active editor again. */
  async choose(scope: Scope | undefined): Promise<void> {
    await this.#memento.update(CHOSEN, scope?.uri);
    this.#announce();
  }

  dispose(): void {
    this.#opened.dispose();
  }

  /** Editors outside of every folder, such as a memory's, change nothing. */
  #follow(editor: vscode.TextEditor | undefined): void {
    this.#ofEditor = folderOf(editor) ?? this.#ofEditor;
    this.#announce();
  }

  #announce(): void {
    const scope = this.get();
    if (scope.uri === this.#last.uri) return;
    this.#last = scope;
    this.#changed.fire(scope);
  }
}

function folderOf(editor: vscode.TextEditor | undefined): string | undefined {
  return editor && vscode.workspace.getWorkspaceFolder(editor.document.uri)?.uri.toString();
}
