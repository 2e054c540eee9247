import * as path from 'node:path';
import { namesIn, nodeFiles } from '../log/files.ts';
import { number } from './row.ts';
import type { Store } from './store.ts';

export interface ContextStatistics {
  readonly memories: number;
  readonly archived: number;
  readonly windows: number;
  readonly commits: number;
  /** Bytes of all files of the context. */
  readonly bytes: number;
  /** Memories created in the last 7 and the last 30 days. */
  readonly createdIn7Days: number;
  readonly createdIn30Days: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Counts and sizes of a context, as they are now. */
export function statisticsOf(store: Store, now: number): ContextStatistics {
  const counts = store.read((view) =>
    view.first(
      `SELECT (SELECT count(*) FROM memories WHERE archived_at IS NULL) AS memories,
              (SELECT count(*) FROM memories WHERE archived_at IS NOT NULL) AS archived,
              (SELECT count(*) FROM windows WHERE archived_at IS NULL) AS windows,
              (SELECT count(*) FROM memories WHERE created_at >= ?1) AS week,
              (SELECT count(*) FROM memories WHERE created_at >= ?2) AS month`,
      [now - 7 * DAY_MS, now - 30 * DAY_MS],
    ),
  );
  const counted = (column: string): number => (counts === undefined ? 0 : number(counts, column));
  return {
    memories: counted('memories'),
    archived: counted('archived'),
    windows: counted('windows'),
    commits: store.position,
    bytes: bytesIn(store.directory),
    createdIn7Days: counted('week'),
    createdIn30Days: counted('month'),
  };
}

function bytesIn(directory: string): number {
  return namesIn(nodeFiles, directory).reduce((sum, name) => sum + sizeOf(path.join(directory, name)), 0);
}

/** A file or directory may be let go between the listing and the look. */
function sizeOf(entry: string): number {
  const found = nodeFiles.statSync(entry, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  return found.isDirectory() ? bytesIn(entry) : found.size;
}
