import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { UseEngine } from './useEngine.ts';

/** What a view shows; the editor asks for it when the view is first visible. */
export type TreeRows = Required<
  Pick<vscode.TreeDataProvider<unknown>, 'getChildren' | 'getTreeItem' | 'resolveTreeItem'>
>;

/** A view of the sidebar that is there at once, and whose rows come from the engine. */
export class LazyTree implements vscode.TreeDataProvider<unknown>, vscode.Disposable {
  readonly #rows: () => Promise<TreeRows>;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<undefined>());
  readonly view: vscode.TreeView<unknown>;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    id: string,
    engine: UseEngine,
    view: 'memories' | 'windows',
    { canSelectMany }: Pick<vscode.TreeViewOptions<unknown>, 'canSelectMany'> = {},
  ) {
    this.#rows = async () => (await engine())[view];
    this.view = this.#opened.add(
      vscode.window.createTreeView(id, {
        treeDataProvider: this,
        canSelectMany: canSelectMany ?? false,
        showCollapseAll: true,
      }),
    );
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(node?: unknown): Promise<unknown[]> {
    return (await (await this.#rows()).getChildren(node)) ?? [];
  }

  async getTreeItem(node: unknown): Promise<vscode.TreeItem> {
    return (await this.#rows()).getTreeItem(node);
  }

  async resolveTreeItem(
    item: vscode.TreeItem,
    node: unknown,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    return (await (await this.#rows()).resolveTreeItem(item, node, token)) ?? item;
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
