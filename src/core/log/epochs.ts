import * as path from 'node:path';
import { randomBytes } from 'node:crypto';
import { errnoOf } from '../errors.ts';
import { makeDirectory, namesIn, syncDirectory, type FileOps } from './files.ts';
import { sha256 } from './frame.ts';

/** The names of a context's directory. */
export class ContextPaths {
  readonly root: string;
  readonly identity: string;
  readonly epochs: string;
  /** Epochs that the log has left behind, kept as a way back from a damaged snapshot. */
  readonly previous: string;
  readonly retired: string;
  /** The context as it was before its schema was changed. */
  readonly rollback: string;
  readonly temporary: string;
  readonly blobs: string;

  constructor(root: string) {
    this.root = root;
    this.identity = path.join(root, 'context.json');
    this.epochs = path.join(root, 'epochs');
    this.previous = path.join(root, 'previous');
    this.retired = path.join(root, 'retired');
    this.rollback = path.join(root, 'rollback');
    this.temporary = path.join(root, 'tmp');
    this.blobs = path.join(root, 'blobs');
  }

  epoch(name: string): string {
    return path.join(this.epochs, name);
  }

  previousEpoch(name: string): string {
    return path.join(this.previous, name);
  }
}

/** The file of a commit in the directory of its epoch. */
export function commitFile(epochDirectory: string, number: number): string {
  return path.join(epochDirectory, `${String(number).padStart(8, '0')}.tx`);
}

/** The file that says what an epoch's snapshot consists of. */
export function manifestFile(epochDirectory: string): string {
  return path.join(epochDirectory, 'snapshot.json');
}

/**
 * The epoch in which the log of `context` begins. Named after the context, so that a process which still holds
 * one that was in this directory before finds its own epoch gone, and never writes into this one.
 */
export function firstEpoch(context: string): string {
  return `000001-${sha256(Buffer.from(context)).slice(0, 8)}`;
}

export function ordinalOf(epoch: string): number {
  return Number(epoch.slice(0, 6));
}

/** The epochs in `directory`, oldest first. Some may be strays of a sealer that was not first. */
function listEpochs(files: FileOps, directory: string): string[] {
  return namesIn(files, directory)
    .filter((name) => /^\d{6}-[0-9a-f]{8}$/.test(name))
    .toSorted();
}

/** The epochs that are there, oldest first, those that are kept as a way back included. */
export function allEpochs(files: FileOps, paths: ContextPaths): string[] {
  const names = [paths.epochs, paths.previous].flatMap((directory) => listEpochs(files, directory));
  return [...new Set(names)].toSorted();
}

/** The directory that holds an epoch now; undefined when it is not there. */
export function directoryOf(files: FileOps, paths: ContextPaths, epoch: string): string | undefined {
  // In this order: an epoch moves from the log to what is kept, never back.
  return [paths.epoch(epoch), paths.previousEpoch(epoch)].find((directory) => files.existsSync(directory));
}

/** The numbers of the commits in an epoch, ascending. */
export function commitNumbers(files: FileOps, paths: ContextPaths, epoch: string): number[] {
  const directory = directoryOf(files, paths, epoch);
  const names = directory === undefined ? [] : namesIn(files, directory);
  return names.flatMap((name) => numberOf(name) ?? []).toSorted((a, b) => a - b);
}

/** The number of the commit whose file has that name, if it is one. */
export function numberOf(name: string): number | undefined {
  return /^\d{8,}\.tx$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

/** The highest number in `epoch` and in those after it: any lower one was there too before this was asked. */
export function highestCommit(files: FileOps, paths: ContextPaths, epoch: string): number {
  const names = [epoch, ...laterEpochs(files, paths, epoch)];
  return Math.max(...names.map((name) => commitNumbers(files, paths, name).at(-1) ?? 0));
}

/** The epoch after `epoch` whose first commit is `number`, if there is one. */
export function laterEpochFrom(
  files: FileOps,
  paths: ContextPaths,
  epoch: string,
  number: number,
): string | undefined {
  return laterEpochs(files, paths, epoch).find((name) => commitNumbers(files, paths, name)[0] === number);
}

/** Whether the log has gone on after `epoch`: a later one holds commits. */
export function goesOnAfter(files: FileOps, paths: ContextPaths, epoch: string): boolean {
  return laterEpochs(files, paths, epoch).some((name) => commitNumbers(files, paths, name).length > 0);
}

function laterEpochs(files: FileOps, paths: ContextPaths, epoch: string): string[] {
  return allEpochs(files, paths).filter((name) => ordinalOf(name) > ordinalOf(epoch));
}

/**
 * Makes an empty directory for the epoch after `current`. Its name is its own: only the seal that names it
 * makes it part of the log, and no process ever makes it again, so a slow one cannot write into the past.
 */
export function makeNextEpoch(files: FileOps, paths: ContextPaths, current: string): string {
  const ordinal = String(ordinalOf(current) + 1).padStart(6, '0');
  const name = `${ordinal}-${randomBytes(4).toString('hex')}`;
  files.mkdirSync(paths.epoch(name));
  syncDirectory(files, paths.epochs);
  return name;
}

/** Removes an epoch that no seal names. */
export function removeEmptyEpoch(files: FileOps, paths: ContextPaths, name: string): void {
  try {
    files.rmdirSync(paths.epoch(name));
  } catch (cause) {
    // ENOENT: another process let it go, with those before the newest snapshot.
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
}

/**
 * Lets the epochs before `newest` go, which has a snapshot: those from `wayBack` on are moved out of the log in one
 * step each and kept, what was kept before them is deleted. A process that still holds one of them finds its
 * directory gone, so it can never write into the past, and reads on where the epoch is kept.
 * @param wayBack the epoch that the log can be read from when the newest snapshot is damaged; undefined for none
 */
export function retireEpochsBefore(
  files: FileOps,
  paths: ContextPaths,
  newest: string,
  wayBack: string | undefined,
): void {
  const isKept = (name: string): boolean =>
    wayBack !== undefined && ordinalOf(name) >= ordinalOf(wayBack) && ordinalOf(name) < ordinalOf(newest);
  const old = listEpochs(files, paths.epochs).filter(
    (name) => name !== newest && ordinalOf(name) <= ordinalOf(newest),
  );
  for (const name of old) moveAside(files, paths, paths.epochs, name, isKept(name));
  if (old.length > 0) syncDirectory(files, paths.epochs);
  const outdated = listEpochs(files, paths.previous).filter((name) => !isKept(name));
  for (const name of outdated) moveAside(files, paths, paths.previous, name, false);
  emptyRetired(files, paths);
}

/** Whatever is deleted was moved here in one step before, so that nobody finds half of an epoch. */
function emptyRetired(files: FileOps, paths: ContextPaths): void {
  for (const name of namesIn(files, paths.retired)) {
    files.rmSync(path.join(paths.retired, name), { recursive: true, force: true });
  }
}

function moveAside(files: FileOps, paths: ContextPaths, from: string, epoch: string, keep: boolean): void {
  const to = keep
    ? paths.previousEpoch(epoch)
    : path.join(paths.retired, `${epoch}-${randomBytes(4).toString('hex')}`);
  makeDirectory(files, path.dirname(to));
  try {
    files.renameSync(path.join(from, epoch), to);
  } catch (cause) {
    // ENOENT: another process moved it first.
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
}
