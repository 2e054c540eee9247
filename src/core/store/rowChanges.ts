import type { RowListener } from './sqlView.ts';
import type { RowFollower } from './store.ts';

/** The rows that changed since the view was loaded, and who has to know of them. Rows of what was rolled back too. */
export class RowChanges {
  readonly #followers = new Set<RowFollower>();
  readonly #rows = new Map<string, Set<number>>();

  readonly add: RowListener = (table, row) => {
    this.#rowsOf(table).add(row);
    for (const follower of this.#followers) follower.rowChanged(table, row);
  };

  /** Tells `follower` of all so far, and of each further one until the returned function is called. */
  follow(follower: RowFollower): () => void {
    this.#followers.add(follower);
    for (const [table, rows] of this.#rows) for (const row of rows) follower.rowChanged(table, row);
    return () => this.#followers.delete(follower);
  }

  /** The view was loaded anew. */
  reset(): void {
    this.#rows.clear();
    for (const follower of this.#followers) follower.reset();
  }

  close(): void {
    this.#followers.clear();
    this.#rows.clear();
  }

  #rowsOf(table: string): Set<number> {
    const known = this.#rows.get(table);
    if (known !== undefined) return known;
    const rows = new Set<number>();
    this.#rows.set(table, rows);
    return rows;
  }
}
