import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { DisposableStore } from '../disposables.ts';

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
  readonly id: string;
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
export class ContextView<Node> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #options: ContextViewOptions<Node>;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<undefined>());
  readonly #view: vscode.TreeView<Node>;
  #watching: { readonly context: OpenContext; readonly end: vscode.Disposable } | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: ContextViewOptions<Node>) {
    this.#options = options;
    this.#view = this.#opened.add(
      vscode.window.createTreeView(options.id, {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#opened.add(this.#view.onDidChangeVisibility(({ visible }) => this.#shown(visible)));
    this.#opened.add(options.watch.onDidChange((context) => this.#contextChanged(context)));
  }

  /** The rows that are selected. */
  get selection(): readonly Node[] {
    return this.#view.selection;
  }

  /** Reads everything anew. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** A few words beside the view's title. */
  describe(description: string | undefined): void {
    this.#view.description = description ?? '';
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return this.#options.content.item(node);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const { contexts, content } = this.#options;
    try {
      const context = await contexts.open();
      this.#follow(context);
      if (node !== undefined) return content.children(context, node);
      const roots = content.roots(context);
      this.#say(content.message() ?? readOnlyNotice(context), roots.length > 0 ? 'filled' : 'empty');
      return roots;
    } catch (thrown) {
      this.#fail(thrown);
      return [];
    }
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    const { contexts, content } = this.#options;
    item.tooltip = content.tooltip(await contexts.open(), node);
    return item;
  }

  dispose(): void {
    this.#watching?.end.dispose();
    this.#opened.dispose();
  }

  #shown(visible: boolean): void {
    if (visible) this.refresh();
    else this.#leave();
  }

  #follow(context: OpenContext): void {
    if (!this.#view.visible || this.#watching?.context === context) return;
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
    const { code, message, facts } = asPermafrostError(thrown);
    this.#options.log.error(`${this.#options.id}:`, thrown);
    this.#say(`${code}: ${[message, facts.hint].filter(Boolean).join(' ')}`, 'failed');
  }

  #say(message: string | undefined, state: 'empty' | 'filled' | 'failed'): void {
    this.#view.message = message ?? '';
    void vscode.commands.executeCommand('setContext', this.#options.stateKey, state);
  }
}

function readOnlyNotice({ store }: OpenContext): string | undefined {
  const refusal = store.refusesWrites;
  return refusal && `${refusal.code}: ${[refusal.message, refusal.facts.hint].filter(Boolean).join(' ')}`;
}
