import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { seal } from './checkpoints.ts';
import { engine, noSnapshots, openStore, temporaryContext } from './openStore.ts';
import { add } from './views.ts';

/** A context with a snapshot and commits after it. */
export function contextWithSnapshot(): { directory: string; epoch: string } {
  const directory = temporaryContext();
  fill(directory);
  makeSnapshots(directory, engine);
  return { directory, epoch: path.join(directory, 'epochs', epochs(directory)[0] ?? '') };
}

/** Commit 1 is the schema; 2 to 5 add a to d; 6 seals; 7 to 10 add e to h. */
export function fill(directory: string): void {
  const store = openStore(directory, noSnapshots);
  for (const name of 'abcd') add(store, name);
  seal(directory);
  for (const name of 'efgh') add(store, name);
}

/** The names of its epochs in the log, oldest first. */
export function epochs(directory: string): string[] {
  return namesOf(directory, 'epochs');
}

/** The directory of the epoch that it keeps as a way back. */
export function keptEpoch(directory: string): string {
  return path.join(directory, 'previous', namesOf(directory, 'previous')[0] ?? '');
}

/** The names in one of its directories, in order. */
function namesOf(directory: string, part: string): string[] {
  return fs.readdirSync(path.join(directory, part)).toSorted();
}

/** The database of the epoch's snapshot. */
export function databaseIn(epoch: string): string {
  return path.join(epoch, fs.readdirSync(epoch).find((name) => name.endsWith('.db')) ?? '');
}

/** Cuts the file to that length, and gives it. */
export function truncated(file: string, length: number): string {
  fs.truncateSync(file, length);
  return file;
}
