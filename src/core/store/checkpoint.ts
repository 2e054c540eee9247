/** When an epoch is closed: after so many bytes of commits, and so large a part of the database. */
export interface CheckpointBound {
  readonly fewestBytes: number;
  readonly partOfDatabase: number;
}

/**
 * While a context is written to. A snapshot is made anew only after a part of the database was written as commits:
 * compressed, and with the search index beside it, a snapshot has about half the bytes of its database, so for each byte
 * that is committed to a large context some four or five are written for snapshots.
 */
export const WHILE_WRITING: CheckpointBound = { fewestBytes: 1024 * 1024, partOfDatabase: 1 / 7 };

/**
 * When a process opens a context, lets it go, or ends: once each time, and while nobody waits. Whoever opens it next then
 * has no more to replay than takes some tens of milliseconds.
 */
export const AT_REST: CheckpointBound = { fewestBytes: 64 * 1024, partOfDatabase: 1 / 128 };

/** Databases up to this size are read sooner as they are; what larger ones would take of the disk is no longer little. */
const LARGEST_PLAIN = 32 * 1024 * 1024;

/** Whoever closes an epoch counts its bytes, and those of the database, a little otherwise than who makes the snapshot. */
const NEARLY = 0.9;

/**
 * Whether the snapshot that is made at the end of an epoch is compressed. The one that is made at rest is what the
 * context is opened from next: to decompress its database would take a quarter of the time that 10,000 memories take to
 * open. One that is made while a context is written to has a successor soon, and its bytes count for each byte that is
 * committed.
 * @param epochBytes bytes of that epoch's commits; undefined when they are not known
 * @param databaseBytes bytes of the database
 */
export function isCompressed(epochBytes: number | undefined, databaseBytes: number): boolean {
  if (databaseBytes > LARGEST_PLAIN) return true;
  return checkpointIsDue(WHILE_WRITING, (epochBytes ?? 0) / NEARLY, () => databaseBytes);
}

/**
 * Whether an epoch has grown long enough to be closed.
 * @param epochBytes bytes of the epoch's commits
 * @param databaseBytes bytes of the database now
 */
export function checkpointIsDue(
  { fewestBytes, partOfDatabase }: CheckpointBound,
  epochBytes: number,
  databaseBytes: () => number,
): boolean {
  return epochBytes >= fewestBytes && epochBytes >= databaseBytes() * partOfDatabase;
}
