import { readdirSync } from 'node:fs';
import * as path from 'node:path';

/** The file of the last commit of the context in `directory`. */
export function newestCommit(directory: string): string {
  const epochs = path.join(directory, 'epochs');
  const files = readdirSync(epochs, { recursive: true, encoding: 'utf8' });
  const newest = files
    .filter((file) => file.endsWith('.tx'))
    .toSorted()
    .at(-1);
  if (newest === undefined) throw new Error(`no commit in ${directory}`);
  return path.join(epochs, newest);
}
