import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { directoryMissing, directoryUnusable, errnoOf } from '../errors.ts';

/** What a context belongs to: a folder by its URI, or the user when no folder is open. */
export interface Folder {
  readonly uri: string;
  readonly name: string;
}

/** The user-wide context, for when no folder is open. */
export const NO_FOLDER: Folder = { uri: 'permafrost:user', name: 'user' };

/**
 * The folder at a path, by its real path, so that every way to name it gives the same context.
 * @throws PF-4001 when it is not there, PF-4002 when it is no directory.
 */
export function folderAt(directory: string, from: string): Folder {
  try {
    const real = fs.realpathSync.native(directory);
    if (!fs.statSync(real).isDirectory()) throw directoryUnusable(directory, 'it is not a directory');
    return { uri: pathToFileURL(real).href, name: path.basename(real) || real };
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') throw directoryMissing(path.resolve(directory), from);
    throw cause;
  }
}

/** The folder with a URI as an editor gives it; other schemes than `file` are taken as they are. */
export function folderOf(uri: string, name: string): Folder {
  return uri.startsWith('file:') ? { ...folderAt(fileURLToPath(uri), 'the workspace'), name } : { uri, name };
}
