import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { DisposableStore } from '../disposables.ts';
import type { LazyTree, TreeRows } from '../shell/lazyTree.ts';

/** What a view of the active context shows. */
export interface ViewContent<Node> {
  readonly roots: (context: OpenContext) => Node[];
  readonly children: (context: OpenContext, node: Node) => Node[];
  readonly item: (node: Node) => vscode.TreeItem;
  readonly tooltip: (context: OpenContext, node: Node) => vscode.MarkdownString;
  /** A line above the rows. */
  readonly message: () => string | undefined;
}

export interface ContextViewOptions<Node> {
  readonly tree: LazyTree;
  readonly isNode: (value: unknown) => value is Node;
  /** The key of `when` clauses that is set to `empty`, `filled` or `failed`. */
  readonly stateKey: string;
  readonly contexts: Contexts;
  readonly watch: ContextWatch;
  readonly log: vscode.LogOutputChannel;
  readonly content: ViewContent<Node>;
}

/**
 * A tree over the active context. It opens the context when it is first shown, follows what any process writes
 * for as long as it is visible, and says what is wrong when the context cannot be read.
 */
export class ContextView<Node> implements TreeRows, vscode.Disposable {
  readonly #options: ContextViewOptions<Node>;
  readonly #opened = new DisposableStore();
  #watching: { readonly context: OpenContext; readonly end: vscode.Disposable } | undefined;

  constructor(options: ContextViewOptions<Node>) {
    this.#options = options;
    this.#opened.add(options.tree.view.onDidChangeVisibility(({ visible }) => this.#shown(visible)));
    this.#opened.add(options.watch.onDidChange((context) => this.#contextChanged(context)));
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#options.tree.refresh();
  }

  getTreeItem(node: unknown): vscode.TreeItem {
    return this.#options.content.item(this.#node(node));
  }

  async getChildren(node?: unknown): Promise<Node[]> {
    const { contexts, content } = this.#options;
    try {
      const context = await contexts.open();
      this.#follow(context);
      if (node !== undefined) return content.children(context, this.#node(node));
      const roots = content.roots(context);
      this.#say(content.message() ?? readOnlyNotice(context), roots.length > 0 ? 'filled' : 'empty');
      return roots;
    } catch (thrown) {
      this.#fail(thrown);
      return [];
    }
  }

  async resolveTreeItem(item: vscode.TreeItem, node: unknown): Promise<vscode.TreeItem> {
    const { contexts, content } = this.#options;
    item.tooltip = content.tooltip(await contexts.open(), this.#node(node));
    return item;
  }

  dispose(): void {
    this.#watching?.end.dispose();
    this.#opened.dispose();
  }

  /** The editor hands back the nodes that it was given. */
  #node(value: unknown): Node {
    if (this.#options.isNode(value)) return value;
    throw new TypeError('this is no row of the view');
  }

  #shown(visible: boolean): void {
    if (visible) this.refresh();
    else this.#leave();
  }

  #follow(context: OpenContext): void {
    if (!this.#options.tree.view.visible || this.#watching?.context === context) return;
    this.#leave();
    this.#watching = { context, end: this.#options.watch.watch(context) };
  }

  #leave(): void {
    this.#watching?.end.dispose();
    this.#watching = undefined;
  }

  #contextChanged(context: OpenContext): void {
    if (context === this.#watching?.context) this.refresh();
  }

  #fail(thrown: unknown): void {
    this.#options.log.error(`${this.#options.stateKey}:`, thrown);
    this.#say(asPermafrostError(thrown).sentence, 'failed');
  }

  #say(message: string | undefined, state: 'empty' | 'filled' | 'failed'): void {
    this.#options.tree.view.message = message ?? '';
    void vscode.commands.executeCommand('setContext', this.#options.stateKey, state);
  }
}

/** Short, for a view does not break the long paths that the whole message has. */
function readOnlyNotice({ store }: OpenContext): string | undefined {
  const refusal = store.refusesWrites;
  return refusal && `${refusal.code}: This context is read-only. “Permafrost: Show Context Info” says why.`;
}
