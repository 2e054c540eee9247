import { nodeFiles } from '../../../src/core/log/files.ts';
import { DirectoryLog } from '../../../src/core/log/directoryLog.ts';
import { readIdentity } from '../../../src/core/log/identity.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { engine } from './engine.ts';

/** The log of the context in `directory`, read to its end. */
export function logOf(directory: string, files = nodeFiles): DirectoryLog {
  const log = new DirectoryLog(directory, readIdentity(nodeFiles, directory)?.id ?? '', files);
  log.rewind();
  readToEnd(log);
  return log;
}

function readToEnd(log: DirectoryLog): void {
  for (let step = log.next(); step.kind !== 'end'; step = log.next()) if (step.kind === 'gone') log.rewind();
}

/** Closes the current epoch, as a store does when it has grown long; without a snapshot yet. */
export function seal(directory: string, files = nodeFiles): void {
  const log = logOf(directory, files);
  while (!log.trySeal(new Date().toISOString())) readToEnd(log);
}

/** Closes the current epoch, makes the snapshot and lets the old epochs go. */
export function checkpoint(directory: string): void {
  seal(directory);
  makeSnapshots(directory, engine);
}
