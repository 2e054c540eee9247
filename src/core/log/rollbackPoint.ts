import * as path from 'node:path';
import { errnoOf, writeFailed } from '../errors.ts';
import { allEpochs, ContextPaths, directoryOf, firstEpoch, numberOf, ordinalOf } from './epochs.ts';
import { linkTree, makeDirectory, namesIn, syncDirectory, type FileOps } from './files.ts';
import { newestSnapshot, type SnapshotPlace } from './snapshotFile.ts';
import { temporaryName } from './temporaryName.ts';

/** What is about to be done to a context: the version of its schema, and the one it is to have. */
export interface SchemaChange {
  readonly from: number;
  readonly to: number;
}

interface RollbackPoint extends SchemaChange {
  readonly name: string;
  /** The last commit that it holds. */
  readonly number: number;
}

/** How often files may be let go meanwhile, for a newer snapshot. */
const ATTEMPTS = 5;

/**
 * Keeps the context as it is at `place`: `rollback/<commit>-schema-<from>-to-<to>` is then a whole context, of which
 * every file is a hard link, so that it costs only what the context itself lets go later. It is there, durably, when
 * this returns, and older ones are gone. A change that goes on where it was broken off keeps its first one.
 * @throws PF-4005 when it cannot be made.
 */
export function keepRollbackPoint(
  files: FileOps,
  paths: ContextPaths,
  place: SnapshotPlace,
  change: SchemaChange,
): void {
  const points = rollbackPoints(files, paths);
  if (points.some((point) => isBeginningOf(point, place.number, change))) return;
  // The log is far past that place: whoever wants to change the schema there will not get the number.
  if (ordinalOf(startOf(files, paths, place)) > ordinalOf(place.epoch)) return;
  const number = String(place.number).padStart(8, '0');
  const target = path.join(paths.rollback, `${number}-schema-${change.from}-to-${change.to}`);
  for (let attempt = 1; !tryKeeping(files, paths, place, target); attempt++) {
    if (attempt === ATTEMPTS) throw writeFailed(target, 'files of the context are let go again and again');
  }
  // Never a later one: this process may be the one that is late.
  const older = points.filter((point) => point.number < place.number);
  for (const { name } of older) letGo(files, paths, path.join(paths.rollback, name));
}

function rollbackPoints(files: FileOps, paths: ContextPaths): RollbackPoint[] {
  return namesIn(files, paths.rollback).flatMap((name) => {
    const [, number, from, to] = /^(\d{8,})-schema-(\d+)-to-(\d+)$/.exec(name) ?? [];
    return number === undefined ? [] : [{ name, number: Number(number), from: Number(from), to: Number(to) }];
  });
}

/** Whether `change` begins at that point or, as some of its steps were made, began there. */
function isBeginningOf(point: RollbackPoint, number: number, { from }: SchemaChange): boolean {
  return point.from === from ? point.number === number : point.from < from && from < point.to;
}

/** @returns false when something was let go meanwhile. */
function tryKeeping(files: FileOps, paths: ContextPaths, place: SnapshotPlace, target: string): boolean {
  makeDirectory(files, paths.rollback);
  const made = path.join(paths.temporary, temporaryName());
  try {
    linkContext(files, paths, place, new ContextPaths(made));
    files.renameSync(made, target);
    syncDirectory(files, paths.rollback);
    return true;
  } catch (cause) {
    files.rmSync(made, { recursive: true, force: true });
    const errno = errnoOf(cause) ?? '';
    // Another process made the same one.
    if (['EEXIST', 'ENOTEMPTY'].includes(errno) && files.existsSync(target)) return true;
    if (errno === 'ENOENT') return false;
    throw cause;
  }
}

/** The epoch that the log is read from. */
function startOf(files: FileOps, paths: ContextPaths, { context }: SnapshotPlace): string {
  return newestSnapshot(files, paths, context, [])?.epoch ?? firstEpoch(context);
}

/** From the snapshot that the log is read from to the last commit of `place`, and all blobs. */
function linkContext(files: FileOps, paths: ContextPaths, place: SnapshotPlace, to: ContextPaths): void {
  const start = startOf(files, paths, place);
  const isPart = (epoch: string): boolean =>
    ordinalOf(epoch) >= ordinalOf(start) && ordinalOf(epoch) <= ordinalOf(place.epoch);
  const isBefore = (name: string): boolean => (numberOf(name) ?? 0) <= place.number;
  makeDirectory(files, to.root);
  files.linkSync(paths.identity, to.identity);
  // Twice: a collection may have moved one behind the back of the first, to the trash or from it.
  for (let look = 0; look < 2; look++) linkTree(files, paths.blobs, to.blobs);
  makeDirectory(files, to.epochs);
  for (const epoch of allEpochs(files, paths).filter(isPart)) {
    const directory = directoryOf(files, paths, epoch);
    if (directory !== undefined) linkTree(files, directory, to.epoch(epoch), isBefore);
  }
  syncDirectory(files, to.root);
}

/** In one step, so that nobody finds half of it; the sweep takes what a process leaves that is killed meanwhile. */
function letGo(files: FileOps, paths: ContextPaths, directory: string): void {
  const aside = path.join(paths.temporary, temporaryName());
  try {
    files.renameSync(directory, aside);
  } catch (cause) {
    // Another process let it go first.
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
  files.rmSync(aside, { recursive: true, force: true });
}
