import * as fs from 'node:fs';
import * as path from 'node:path';

/** The file of the blob of that name, in the context in `directory`. */
export function blobFile(directory: string, name: string): string {
  return path.join(directory, 'blobs', name.slice(0, 2), name);
}

/** All files that hold large content of the context in `directory`. */
export function blobFiles(directory: string): string[] {
  return fs
    .readdirSync(path.join(directory, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
