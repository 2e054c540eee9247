import * as os from 'node:os';
import * as path from 'node:path';
import { contextGone, errnoOf, hasCode, internal } from '../errors.ts';
import type { Commit } from '../log/commitLog.ts';
import { Blobs } from '../log/blobs.ts';
import { unlessClaimed } from '../log/claim.ts';
import { collectBlobs } from '../log/collectBlobs.ts';
import { DirectoryLog } from '../log/directoryLog.ts';
import { ContextPaths } from '../log/epochs.ts';
import { nodeFiles, unlessRefused, type FileOps } from '../log/files.ts';
import { readIdentity } from '../log/identity.ts';
import { publishSnapshot, type SnapshotContent } from '../log/snapshotFile.ts';
import { isCompressed } from './checkpoint.ts';
import type { KeptView } from './keptView.ts';
import { schemaOf } from './migrate.ts';
import { referencedBlobs } from './referencedBlobs.ts';
import { migrations } from './schema.ts';
import type { SqlEngine, SqlView } from './sqlView.ts';
import { applyCommits } from './applyCommits.ts';

/** The views that snapshots keep beside the database, new and empty. */
export type KeptViews = (blobs: Blobs) => readonly KeptView[];

/**
 * Makes the snapshot that the context in `directory` lacks, from its files alone: the state at a seal is
 * determined, so this needs nothing from, and stops nothing in, the processes that write meanwhile.
 * @param knownSchema the newest version of the schema whose rows the views understand
 * @returns how many were made. A damaged log gives none: it must not be made the new beginning.
 */
export function makeSnapshots(
  directory: string,
  engine: SqlEngine,
  files: FileOps = nodeFiles,
  views: KeptViews = () => [],
  knownSchema = migrations.length,
): number {
  const identity = readIdentity(files, directory);
  if (identity === undefined) throw contextGone(directory);
  const log = new DirectoryLog(directory, identity.id, files);
  const view = engine.open(log.rewind()?.database);
  try {
    const kept = views(new Blobs(log.paths.blobs, log.paths.temporary, files));
    beginFrom(log, view, kept);
    return replayMaking(log, view, kept, files, knownSchema);
  } finally {
    view.close();
  }
}

/**
 * The same in a process that others may have been started beside, by every server that wrote or ended: one works, and
 * sees to what they were started for. Each needs a copy of the database and of the index.
 */
export function makeSnapshotsAlone(
  directory: string,
  engine: SqlEngine,
  files: FileOps = nodeFiles,
  views: KeptViews = () => [],
): void {
  // Else a claim would be made in what is being deleted.
  if (readIdentity(files, directory) === undefined) throw contextGone(directory);
  const { temporary } = new ContextPaths(directory);
  const claim = path.join(temporary, 'snapshots-are-made');
  const wish = path.join(temporary, 'snapshots-are-wanted');
  // A wish that cannot be removed says nothing: what was wished for is seen to at the next checkpoint.
  let isStuck = false;
  const isWanted = (): boolean => !isStuck && files.existsSync(wish);
  const tryMaking = (): boolean =>
    unlessClaimed(files, claim, Date.now(), () => {
      isStuck = !isTakenAway(files, wish);
      makeSnapshots(directory, engine, files, views);
    });
  do {
    if (tryMaking()) continue;
    unlessRefused(() => files.closeSync(files.openSync(wish, 'w')));
    // If the other one has ended just now, it did not see the wish; if not, it will.
    if (!tryMaking()) return;
  } while (isWanted());
}

function isTakenAway(files: FileOps, file: string): boolean {
  try {
    files.unlinkSync(file);
    return true;
  } catch (cause) {
    return errnoOf(cause) === 'ENOENT';
  }
}

/** What a process does that was started to make snapshots: see SnapshotMakers. It ends with 1 when that fails. */
export async function runSnapshotMaker(
  directory: string,
  engine: Promise<SqlEngine>,
  views: KeptViews,
): Promise<void> {
  try {
    // Nobody waits for a snapshot; whoever waits for an answer comes first.
    os.setPriority(os.constants.priority.PRIORITY_LOW);
    makeSnapshotsAlone(directory, await engine, nodeFiles, views);
  } catch (cause) {
    process.stderr.write(cause instanceof Error ? `${cause.stack}\n` : String(cause));
    process.exitCode = 1;
  }
}

function beginFrom(log: DirectoryLog, view: SqlView, kept: readonly KeptView[]): void {
  for (const each of kept) {
    const bytes = log.keptView(each.name);
    if (bytes !== undefined) each.restore(bytes);
  }
  view.onRowChange((table, row) => kept.forEach((each) => each.rowChanged(table, row)));
}

function replayMaking(
  log: DirectoryLog,
  view: SqlView,
  kept: readonly KeptView[],
  files: FileOps,
  knownSchema: number,
): number {
  // The one that it begins from may lack a view that was damaged.
  let made = schemaOf(view) > knownSchema ? 0 : makeWanted(log, view, kept, files);
  for (let step = log.next(); step.kind === 'commit' || step.kind === 'sealed'; step = log.next()) {
    // Of a newer schema nobody here knows what its views are made of.
    if (log.problems.length > 0 || schemaOf(view) > knownSchema) return made;
    if (step.kind === 'commit') apply(view, step.commit);
    else made += makeWanted(log, view, kept, files);
  }
  return made;
}

/** Makes the snapshot of the position, if it is wanted. @returns how many were made */
function makeWanted(log: DirectoryLog, view: SqlView, kept: readonly KeptView[], files: FileOps): number {
  if (!log.wantsSnapshot || log.newerSnapshot !== undefined) return 0;
  if (!publishSnapshot(files, log.paths, log.snapshotPlace, contentOf(log, view, kept))) return 0;
  collectUnreferenced(log, view, files);
  return 1;
}

/** Large content that nothing refers to any longer goes with the epochs that did. */
function collectUnreferenced(log: DirectoryLog, view: SqlView, files: FileOps): void {
  const names = referencedBlobs(view);
  if (names === undefined) return;
  try {
    collectBlobs(files, log.paths, { at: log.position, names }, () => log.head);
  } catch (cause) {
    // Some of it is damaged: all of it waits until that is put back. Whoever reads the memory is told the file.
    if (!hasCode(cause, 'PF-4003')) throw cause;
  }
}

function contentOf(log: DirectoryLog, view: SqlView, kept: readonly KeptView[]): SnapshotContent {
  const views = new Map(kept.map((each) => [each.name, each.keep(view)]));
  const database = view.export();
  return { database, views, compressed: isCompressed(log.epochBytesBefore, database.length) };
}

function apply(view: SqlView, commit: Commit): void {
  const [failure] = applyCommits(view, [commit]);
  if (failure !== undefined) throw internal(`${failure.path} cannot be applied: ${failure.what}`);
}
