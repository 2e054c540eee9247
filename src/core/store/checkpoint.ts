/** Below this a snapshot would save next to nothing: so much is replayed in some tens of milliseconds. */
const FEWEST_BYTES = 1024 * 1024;

/**
 * A snapshot is made anew only after so large a part of the database was written as commits. Compressed, and with the
 * search index beside it, a snapshot has about half the bytes of its database.
 */
const PART_OF_DATABASE = 1 / 8;

/**
 * Whether an epoch has grown long enough to be closed. The bound grows with the database, so that for each byte that
 * is committed to a large context at most some four are written for snapshots.
 * @param epochBytes bytes of the epoch's commits
 * @param databaseBytes bytes of the database now
 */
export function checkpointIsDue(epochBytes: number, databaseBytes: () => number): boolean {
  return epochBytes >= FEWEST_BYTES && epochBytes >= databaseBytes() * PART_OF_DATABASE;
}
