import type { WindowSummary } from '../../core/windows/window.ts';

/** A row of the Frozen Windows view, with the rows below it. */
export interface WindowNode {
  readonly kind: 'window';
  /** The id of the context that it is in. */
  readonly context: string;
  readonly window: WindowSummary;
  /** What came of it: its clones, and what was frozen again after a thaw. */
  readonly children: readonly WindowNode[];
}

/** Whether a value is a row, as menus and trees hand them back. */
export function isWindowNode(value: unknown): value is WindowNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'window';
}

/**
 * The windows of a context as a tree, each below the one that it came of, in the order given; one whose source is not among them stands
 * at the top.
 */
export function windowTree(context: string, windows: readonly WindowSummary[]): WindowNode[] {
  const known = new Set(windows.map(({ id }) => id));
  const below = Map.groupBy(windows, ({ parentId }) =>
    parentId !== null && known.has(parentId) ? parentId : null,
  );
  const nodesBelow = (parent: string | null): WindowNode[] =>
    (below.get(parent) ?? []).map((window) => ({
      kind: 'window',
      context,
      window,
      children: nodesBelow(window.id),
    }));
  return nodesBelow(null);
}
