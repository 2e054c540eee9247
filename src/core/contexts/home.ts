import * as os from 'node:os';
import * as path from 'node:path';
import { directoryMissing, directoryUnusable, errnoOf } from '../errors.ts';
import { makeDirectory, type FileOps } from '../log/files.ts';

/**
 * Where this user's registry is: `PERMAFROST_HOME`, else `.permafrost` in the home directory. It is not under
 * an editor's global storage, because a client outside the editor could not find it there.
 */
export function homeDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['PERMAFROST_HOME'];
  return named === undefined || named === '' ? path.join(os.homedir(), '.permafrost') : path.resolve(named);
}

/**
 * Checks that `directory` can hold contexts. Its last part is made if need be; a missing parent is an error,
 * since a directory that somebody named and that is not there is a slip of the pen or a disk not mounted.
 * @param from what named it, for the message
 * @throws PF-4001 when its parent is missing, PF-4002 when it is no directory or cannot be written.
 */
export function requireHome(files: FileOps, directory: string, from: string): void {
  if (!files.existsSync(path.dirname(directory))) throw directoryMissing(path.dirname(directory), from);
  try {
    makeDirectory(files, directory);
  } catch (cause) {
    throw directoryUnusable(directory, cause);
  }
  requireDirectory(files, directory, from);
}

/** The same for a directory that has to be there already. */
export function requireDirectory(files: FileOps, directory: string, from: string): void {
  try {
    if (!files.statSync(directory).isDirectory()) throw directoryUnusable(directory, 'it is not a directory');
    const probe = path.join(directory, `.permafrost-${process.pid}-${Date.now()}`);
    files.closeSync(files.openSync(probe, 'wx'));
    files.unlinkSync(probe);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') throw directoryMissing(directory, from);
    throw errnoOf(cause) === undefined ? cause : directoryUnusable(directory, cause);
  }
}
