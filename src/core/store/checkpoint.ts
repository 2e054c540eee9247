/** Below this a snapshot would save next to nothing: so many commits are replayed in some tens of ms. */
const FEWEST_COMMITS = 500;

/** A snapshot is rewritten only after so large a part of it was written as commits. */
const PART_OF_SNAPSHOT = 1 / 4;

/**
 * Whether an epoch has grown long enough to be closed. The bound grows with the snapshot, so that of all bytes
 * written to a large context at most 1 / PART_OF_SNAPSHOT for each byte committed are for snapshots.
 */
export function checkpointIsDue(epoch: {
  readonly commits: number;
  readonly bytes: number;
  readonly snapshotBytes: number;
}): boolean {
  return epoch.commits >= FEWEST_COMMITS && epoch.bytes >= epoch.snapshotBytes * PART_OF_SNAPSHOT;
}
