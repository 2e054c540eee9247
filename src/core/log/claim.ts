import * as path from 'node:path';
import { createExclusive, isAbandoned, removeQuietly, unlessRefused, type FileOps } from './files.ts';
import { temporaryName } from './temporaryName.ts';

/**
 * Runs `work` unless another process that is still there runs its own under the same name, and tells whether it ran. That
 * spares work and keeps nothing safe: where the claim cannot be made, or two find an abandoned one, both run.
 * @param claim a file that says who is at work, in a directory for temporary files
 */
export function unlessClaimed(files: FileOps, claim: string, now: number, work: () => void): boolean {
  if (isLeftBehind(files, claim, now)) removeQuietly(files, claim);
  if (!tryClaiming(files, claim)) return false;
  try {
    work();
  } finally {
    removeQuietly(files, claim);
  }
  return true;
}

function tryClaiming(files: FileOps, claim: string): boolean {
  try {
    return createExclusive(files, path.dirname(claim), claim, Buffer.from(temporaryName()));
  } catch {
    // What stands in the way will be told by the work, if it stands in its way too.
    return true;
  }
}

function isLeftBehind(files: FileOps, claim: string, now: number): boolean {
  const isLeft = (): boolean => isAbandoned(files, claim, now, { maker: files.readFileSync(claim, 'utf8') });
  return unlessRefused(isLeft) ?? false;
}
