import * as fs from 'node:fs';
import * as path from 'node:path';
import { directoryUnusable, errnoOf, noHardLinks, PermafrostError, writeFailed } from '../errors.ts';
import { makerHasEnded, temporaryName } from './temporaryName.ts';

/** The file operations that everything durable is made of; tests pass their own to record or to fail. */
export type FileOps = Pick<
  typeof fs,
  | 'closeSync'
  | 'existsSync'
  | 'fsyncSync'
  | 'linkSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'rmSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeSync'
>;

export const nodeFiles: FileOps = fs;

const LINK_UNSUPPORTED = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Creates `target` with `bytes` exactly once: written to a temporary file, synced, then linked to its name,
 * so that no reader ever sees half of it.
 * @returns false when `target` exists already (another process was first) or its directory was moved away.
 * @throws PF-4005 when writing fails, PF-4006 when the file system has no hard links; nothing was published.
 */
export function createExclusive(
  files: FileOps,
  temporaryIn: string,
  target: string,
  bytes: Uint8Array,
): boolean {
  return publishExclusive(files, openTemporary(files, temporaryIn), target, bytes);
}

/** The same by way of an empty temporary file that nobody else has, which is gone afterwards. */
export function publishExclusive(
  files: FileOps,
  temporary: OpenTemporary,
  target: string,
  bytes: Uint8Array,
): boolean {
  const file = writeTemporary(files, temporary, bytes);
  try {
    return tryLink(files, file, target);
  } finally {
    removeQuietly(files, file);
  }
}

/** Creates or replaces `target` with `bytes`, whole or not at all. */
export function replaceFile(files: FileOps, temporaryIn: string, target: string, bytes: Uint8Array): void {
  const temporary = writeTemporary(files, openTemporary(files, temporaryIn), bytes);
  try {
    files.renameSync(temporary, target);
  } catch (cause) {
    removeQuietly(files, temporary);
    throw writeFailed(target, cause);
  }
  syncDirectory(files, path.dirname(target));
}

/** Writes to `directory` and takes it away again. @throws PF-4005 when that fails. */
export function tryWriting(files: FileOps, directory: string): void {
  removeQuietly(files, writeTemporary(files, openTemporary(files, directory), Buffer.from('permafrost')));
}

/** Makes the names in `directory` durable. Windows cannot sync a directory and does not need to. */
export function syncDirectory(files: FileOps, directory: string): void {
  if (process.platform === 'win32') return;
  const handle = files.openSync(directory, 'r');
  try {
    files.fsyncSync(handle);
  } finally {
    files.closeSync(handle);
  }
}

/** Makes `directory` and what is missing above it, each name durable. */
export function makeDirectory(files: FileOps, directory: string): void {
  if (files.existsSync(directory)) return;
  const parent = path.dirname(directory);
  // The root of a drive that is not there is its own parent.
  if (parent !== directory) makeDirectory(files, parent);
  try {
    // One at a time: Node's recursive way never comes back where a parent exists and cannot hold it (/proc).
    files.mkdirSync(directory);
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause;
  }
  syncDirectory(files, parent);
}

/**
 * Makes `to` a directory with the same files as `from`, each a hard link, durably. Those that are in it already stay.
 * @param wanted tells by its name whether a file is to be in it
 */
export function linkTree(
  files: FileOps,
  from: string,
  to: string,
  wanted: (name: string) => boolean = () => true,
): void {
  makeDirectory(files, to);
  for (const name of files.readdirSync(from).filter(wanted)) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (files.statSync(source).isDirectory()) linkTree(files, source, target, wanted);
    else if (!files.existsSync(target)) files.linkSync(source, target);
  }
  syncDirectory(files, to);
}

/** The names in `directory`, or none when it is not there. */
export function namesIn(files: FileOps, directory: string): string[] {
  try {
    return files.readdirSync(directory);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}

/** The bytes of `file`, or undefined when it is not there. */
export function readIfThere(files: FileOps, file: string): Uint8Array | undefined {
  try {
    return files.readFileSync(file);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/**
 * Runs `work` on the files in `directory`.
 * @throws what `work` throws; what the file system refuses, as PF-4002.
 */
export function usable<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PermafrostError || errnoOf(cause) === undefined) throw cause;
    throw directoryUnusable(directory, cause);
  }
}

/** A temporary file that is open for writing. */
export interface OpenTemporary {
  readonly file: string;
  readonly handle: number;
}

/** Writes `bytes` and syncs them; gives the file. @throws PF-4005; then it is gone. */
function writeTemporary(files: FileOps, { file, handle }: OpenTemporary, bytes: Uint8Array): string {
  try {
    try {
      for (let at = 0; at < bytes.length;) at += files.writeSync(handle, bytes, at);
      files.fsyncSync(handle);
    } finally {
      files.closeSync(handle);
    }
  } catch (cause) {
    removeQuietly(files, file);
    throw writeFailed(file, cause);
  }
  return file;
}

/** Makes a new temporary file, empty. @throws PF-4005 */
export function openTemporary(files: FileOps, directory: string): OpenTemporary {
  const file = path.join(directory, temporaryName());
  try {
    return { file, handle: openNew(files, file) };
  } catch (cause) {
    throw writeFailed(file, cause);
  }
}

function openNew(files: FileOps, file: string): number {
  try {
    return files.openSync(file, 'wx');
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    // Many ways to copy a context leave its empty directories behind.
    files.mkdirSync(path.dirname(file));
    return files.openSync(file, 'wx');
  }
}

function tryLink(files: FileOps, from: string, to: string): boolean {
  try {
    files.linkSync(from, to);
    return true;
  } catch (cause) {
    if (wasLinked(files, from, to)) return true;
    const errno = errnoOf(cause) ?? '';
    if (errno === 'EEXIST' || errno === 'ENOENT') return false;
    if (LINK_UNSUPPORTED.has(errno)) throw noHardLinks(path.dirname(to), cause);
    throw writeFailed(to, cause);
  }
}

/** Over a network the answer to a link that was made can get lost, and asking again fails: see open(2), O_EXCL. */
function wasLinked(files: FileOps, from: string, to: string): boolean {
  try {
    // That there is a second name would not do: a backup may have made that one.
    const [ours, there] = [from, to].map((file) => files.statSync(file, { bigint: true }));
    return ours !== undefined && ours.ino === there?.ino && ours.dev === there.dev;
  } catch {
    return false;
  }
}

/** A temporary file that cannot be removed does no harm: `sweepTemporary` takes it later. */
export function removeQuietly(files: FileOps, file: string): void {
  try {
    files.unlinkSync(file);
  } catch {
    // Left for the sweep.
  }
}

const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Whether nobody can still need a temporary file: its process has ended, or nothing was done to it for `ms`. */
export function isAbandoned(files: FileOps, file: string, now: number, ms = ABANDONED_AFTER_MS): boolean {
  return makerHasEnded(path.basename(file)) || now - files.statSync(file).mtimeMs > ms;
}

/** Removes temporary files that nobody can still need: their process has ended, or an hour has passed. */
export function sweepTemporary(files: FileOps, directory: string, now: number): void {
  unlessRefused(() => {
    for (const name of namesIn(files, directory)) {
      const file = path.join(directory, name);
      unlessRefused(() => {
        if (isAbandoned(files, file, now)) files.rmSync(file, { recursive: true });
      });
    }
  });
}

/** What `work` gives; undefined where the file system refuses it, for what nobody needs done. */
export function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause;
    return undefined;
  }
}
