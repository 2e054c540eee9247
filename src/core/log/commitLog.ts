import type { Statement } from './commit.ts';

/** One transaction of a context, as its log keeps it. */
export interface Commit {
  /** 1, 2, 3, ... within the context. */
  readonly number: number;
  /** The version of the schema after this commit. */
  readonly schema: number;
  readonly statements: readonly Statement[];
}

export interface CommitDraft {
  /** When the writer made it, ISO 8601 in UTC: for people; the order is by number. */
  readonly at: string;
  readonly schema: number;
  readonly statements: readonly Statement[];
}

/** Something wrong with a file of the log, found while reading. Nothing is deleted because of it. */
export interface LogProblem {
  readonly path: string;
  readonly what: string;
  /** The format of the file, when it is a newer one than this build knows. */
  readonly format?: number;
}

export type LogStep =
  | { readonly kind: 'commit'; readonly commit: Commit }
  /** An epoch ended here: the state of this moment may be kept as a snapshot. Nothing to apply. */
  | { readonly kind: 'sealed' }
  /** No commit after the position, now. */
  | { readonly kind: 'end' }
  /** The position is in a part of the log that was let go: `rewind` and begin from the snapshot. */
  | { readonly kind: 'gone' }
  /** The next commit was written by a newer Permafrost, in a format this one does not know. */
  | { readonly kind: 'newer'; readonly path: string; readonly format: number };

/** The state after commit `number`, as a whole SQLite file. */
export interface Snapshot {
  readonly number: number;
  readonly database: Uint8Array;
}

/**
 * A context's log, read through a cursor. The one thing that is true: everything else is a view of it.
 * Whoever keeps the log (a directory, a table with a unique key, an object store) offers just this.
 */
export interface CommitLog {
  /** The number of the last commit that `next` gave or `tryAppend` made. */
  readonly position: number;
  /** What was found damaged so far. While there is any, writing would build on a wrong state. */
  readonly problems: readonly LogProblem[];
  /** Snapshots that are damaged and were done without, by way of an older one: nothing is lost. */
  readonly damagedSnapshots: readonly LogProblem[];
  /**
   * Moves to the newest snapshot that is whole and gives it, or moves to the beginning.
   * @throws PF-4003 when the snapshot is damaged and nothing older is left, PF-4008 when nothing is there.
   */
  rewind(): Snapshot | undefined;
  /** What the snapshot of the last `rewind` keeps under this name beside the database, if that is whole. */
  keptView(name: string): Uint8Array | undefined;
  /** The next commit after the position, moving past it. Costs microseconds at the end of the log. */
  next(): LogStep;
  /**
   * Makes `draft` the commit after the position, durably, and moves past it.
   * @returns false when another process was first; nothing was written.
   * @throws PF-4005, PF-4006 when nothing was written; PF-4009 when that is not known.
   */
  tryAppend(draft: CommitDraft): boolean;
}
