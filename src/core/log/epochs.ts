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
  readonly retired: string;
  readonly temporary: string;
  readonly blobs: string;

  constructor(root: string) {
    this.root = root;
    this.identity = path.join(root, 'context.json');
    this.epochs = path.join(root, 'epochs');
    this.retired = path.join(root, 'retired');
    this.temporary = path.join(root, 'tmp');
    this.blobs = path.join(root, 'blobs');
  }

  epoch(name: string): string {
    return path.join(this.epochs, name);
  }

  commit(epoch: string, number: number): string {
    return path.join(this.epochs, epoch, `${String(number).padStart(8, '0')}.tx`);
  }

  manifest(epoch: string): string {
    return path.join(this.epochs, epoch, 'snapshot.json');
  }
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

/** The epochs that are there, oldest first. Some may be strays of a sealer that was not first. */
export function listEpochs(files: FileOps, paths: ContextPaths): string[] {
  return namesIn(files, paths.epochs)
    .filter((name) => /^\d{6}-[0-9a-f]{8}$/.test(name))
    .toSorted();
}

/** The numbers of the commits in an epoch's directory, ascending. */
export function commitNumbers(files: FileOps, paths: ContextPaths, epoch: string): number[] {
  const names = namesIn(files, paths.epoch(epoch)).filter((name) => /^\d{8,}\.tx$/.test(name));
  return names.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
}

/** The highest number in `epoch` and in those after it: any lower one was there too before this was asked. */
export function highestCommit(files: FileOps, paths: ContextPaths, epoch: string): number {
  const later = listEpochs(files, paths).filter((name) => ordinalOf(name) > ordinalOf(epoch));
  return Math.max(...[epoch, ...later].map((name) => commitNumbers(files, paths, name).at(-1) ?? 0));
}

/** The epoch after `epoch` whose first commit is `number`, if there is one. */
export function laterEpochFrom(
  files: FileOps,
  paths: ContextPaths,
  epoch: string,
  number: number,
): string | undefined {
  const later = listEpochs(files, paths).filter((name) => ordinalOf(name) > ordinalOf(epoch));
  return later.find((name) => commitNumbers(files, paths, name)[0] === number);
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
 * Moves every epoch before `kept` aside in one step each, then deletes them: a process that still holds one
 * finds its directory gone, and begins again from the snapshot.
 */
export function retireEpochsBefore(files: FileOps, paths: ContextPaths, kept: string): void {
  const old = listEpochs(files, paths).filter((name) => name !== kept && ordinalOf(name) <= ordinalOf(kept));
  if (old.length > 0) makeDirectory(files, paths.retired);
  for (const name of old) moveAside(files, paths, name);
  if (old.length > 0) syncDirectory(files, paths.epochs);
  for (const name of namesIn(files, paths.retired)) {
    files.rmSync(path.join(paths.retired, name), { recursive: true, force: true });
  }
}

function moveAside(files: FileOps, paths: ContextPaths, epoch: string): void {
  try {
    files.renameSync(
      paths.epoch(epoch),
      path.join(paths.retired, `${epoch}-${randomBytes(4).toString('hex')}`),
    );
  } catch (cause) {
    // ENOENT: another process moved it first.
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
}
