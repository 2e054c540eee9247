import type { MemoryFilter, MemorySummary, Tier } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';

export const GROUPINGS = ['tier', 'tag', 'flat'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What the view shows: everything by `grouping`, or, with `search`, what fits it, best first. */
export interface MemoryViewState {
  readonly grouping: Grouping;
  readonly search: string;
}

export interface GroupNode {
  readonly kind: 'group';
  readonly key: string;
  readonly label: string;
  readonly icon: string;
  readonly total: number;
  readonly filter: MemoryFilter;
}

export interface MemoryNode {
  readonly kind: 'memory';
  readonly memory: MemorySummary;
  /** The key of the group that it is shown in: a memory with two tags is in two. */
  readonly within: string;
}

/** Stands for the rows that are not loaded yet. */
export interface MoreNode {
  readonly kind: 'more';
  readonly within: string;
  readonly left: number;
}

export type ViewNode = GroupNode | MemoryNode | MoreNode;

/** Whether a value is a row, as menus and trees hand them back. */
export function isViewNode(value: unknown): value is ViewNode {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  return kind === 'group' || kind === 'memory' || kind === 'more';
}

const PAGE = 100;
const TOP = 'top';
const TIER_LABELS: Record<Tier, string> = { long_term: 'Long Term', short_term: 'Short Term' };

/** The rows of the Memories view, loaded a page at a time. */
export class MemoryNodes {
  readonly #shown = new Map<string, number>();

  /** Shows one more page of what is in `within` from now on. */
  showMore(within: string): void {
    this.#shown.set(within, this.#limit(within) + PAGE);
  }

  /** Back to the first pages. */
  reset(): void {
    this.#shown.clear();
  }

  roots(context: OpenContext, { grouping, search }: MemoryViewState): ViewNode[] {
    if (search !== '') return this.#hits(context, search);
    const archived = groupOf(context, 'archived', 'Archived', 'archive', { archived: 'only' });
    if (grouping === 'flat') return [...this.#page(context, TOP, {}), ...shownIfAny([archived])];
    const groups = grouping === 'tier' ? tierGroups(context) : tagGroups(context);
    return shownIfAny([...groups, archived]);
  }

  inside(context: OpenContext, { key, filter }: GroupNode): ViewNode[] {
    return this.#page(context, key, filter);
  }

  #page(context: OpenContext, within: string, filter: MemoryFilter): ViewNode[] {
    const { memories, total } = context.memories.list({ ...filter, limit: this.#limit(within) });
    return rows(memories, within, total);
  }

  #hits({ search }: OpenContext, query: string): ViewNode[] {
    const { results, total } = search.search({ query, limit: this.#limit(TOP), prefix: true });
    return rows(results, TOP, total);
  }

  #limit(within: string): number {
    return this.#shown.get(within) ?? PAGE;
  }
}

function rows(memories: readonly MemorySummary[], within: string, total: number): ViewNode[] {
  const shown = memories.map((memory): ViewNode => ({ kind: 'memory', memory, within }));
  const left = total - memories.length;
  return left > 0 ? [...shown, { kind: 'more', within, left }] : shown;
}

function tierGroups(context: OpenContext): GroupNode[] {
  return (['long_term', 'short_term'] as const).map((tier) =>
    groupOf(context, tier, TIER_LABELS[tier], tier === 'long_term' ? 'bookmark' : 'history', { tier }),
  );
}

function tagGroups(context: OpenContext): GroupNode[] {
  const tagged = context.memories.tags().map(({ tag, count }): GroupNode => ({
    kind: 'group',
    key: `tag:${tag}`,
    label: tag,
    icon: 'tag',
    total: count,
    filter: { tags: [tag] },
  }));
  return [...tagged, groupOf(context, 'untagged', 'Without Tags', 'circle-slash', { untagged: true })];
}

function groupOf(
  { memories }: OpenContext,
  key: string,
  label: string,
  icon: string,
  filter: MemoryFilter,
): GroupNode {
  const { total } = memories.list({ ...filter, limit: 1 });
  return { kind: 'group', key, label, icon, total, filter };
}

function shownIfAny(groups: readonly GroupNode[]): GroupNode[] {
  return groups.filter(({ total }) => total > 0);
}
