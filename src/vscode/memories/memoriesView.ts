import * as vscode from 'vscode';
import { contextKeys } from '../contributions/views.ts';
import type { TreeRows } from '../shell/lazyTree.ts';
import { ContextView, type ContextViewOptions } from '../views/contextView.ts';
import { itemOf, memoryTooltip } from './memoryItems.ts';
import {
  GROUPINGS,
  isViewNode,
  MemoryNodes,
  type Grouping,
  type MoreNode,
  type ViewNode,
} from './memoryNodes.ts';

const GROUPING = 'permafrost.grouping';

/** The Memories view of the sidebar: how it is grouped and filtered. */
export class MemoriesView implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #nodes = new MemoryNodes();
  readonly #view: ContextView<ViewNode>;
  #grouping: Grouping;
  #search = '';

  constructor(
    options: Pick<ContextViewOptions<ViewNode>, 'tree' | 'contexts' | 'watch' | 'log'>,
    memento: vscode.Memento,
  ) {
    this.#memento = memento;
    this.#grouping = GROUPINGS.find((grouping) => grouping === memento.get(GROUPING)) ?? 'tier';
    this.#view = new ContextView({
      ...options,
      isNode: isViewNode,
      stateKey: contextKeys.memories,
      content: {
        roots: (context) => this.#nodes.roots(context, { grouping: this.#grouping, search: this.#search }),
        children: (context, node) => (node.kind === 'group' ? this.#nodes.inside(context, node) : []),
        item: itemOf,
        tooltip: (context, node) =>
          node.kind === 'memory' ? memoryTooltip(context, node) : new vscode.MarkdownString(),
        message: () => (this.#search === '' ? undefined : `Filtered by “${this.#search}”, best first.`),
      },
    });
    this.#announce();
  }

  /** What the tree shows. */
  get rows(): TreeRows {
    return this.#view;
  }

  get search(): string {
    return this.#search;
  }

  /** Shows what fits these words; an empty text shows everything again. */
  filter(search: string): void {
    this.#search = search.trim();
    this.#again();
  }

  async groupBy(grouping: Grouping): Promise<void> {
    this.#grouping = grouping;
    await this.#memento.update(GROUPING, grouping);
    this.#again();
  }

  showMore({ within }: MoreNode): void {
    this.#nodes.showMore(within);
    this.#view.refresh();
  }

  dispose(): void {
    this.#view.dispose();
  }

  #again(): void {
    this.#nodes.reset();
    this.#announce();
    this.#view.refresh();
  }

  #announce(): void {
    void vscode.commands.executeCommand('setContext', contextKeys.grouping, this.#grouping);
    void vscode.commands.executeCommand('setContext', contextKeys.filtered, this.#search !== '');
  }
}
