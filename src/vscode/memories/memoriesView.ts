import * as vscode from 'vscode';
import { contextKeys, viewIds } from '../contributions/views.ts';
import { ContextView, type ContextViewOptions } from '../views/contextView.ts';
import { itemOf, memoryTooltip } from './memoryItems.ts';
import {
  GROUPINGS,
  MemoryNodes,
  type Grouping,
  type MemoryNode,
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
    options: Pick<ContextViewOptions<ViewNode>, 'contexts' | 'watch' | 'log'>,
    memento: vscode.Memento,
  ) {
    this.#memento = memento;
    this.#grouping = GROUPINGS.find((grouping) => grouping === memento.get(GROUPING)) ?? 'tier';
    this.#view = new ContextView({
      ...options,
      id: viewIds.memories,
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

  /** The memories that are selected. */
  get selection(): readonly MemoryNode[] {
    return this.#view.selection.filter((node) => node.kind === 'memory');
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

  refresh(): void {
    this.#view.refresh();
  }

  describe(description: string | undefined): void {
    this.#view.describe(description);
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
