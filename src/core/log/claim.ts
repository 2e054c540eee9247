import * as path from 'node:path';
import { createExclusive, removeQuietly, unlessRefused, type FileOps } from './files.ts';
import { makerHasEnded, temporaryName } from './temporaryName.ts';

/** Whoever works for longer on one thing has been stopped, or was on a machine that is not there any more. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Runs `work` unless another process that is still there runs its own under the same name, and tells whether it ran. That
 * spares work and keeps nothing safe: where the claim cannot be made, or two find an abandoned one, both run.
 * @param claim a file that says who is at work, in a directory for temporary files
 */
export function unlessClaimed(files: FileOps, claim: string, now: number, work: () => void): boolean {
  if (isAbandoned(files, claim, now)) removeQuietly(files, claim);
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

function isAbandoned(files: FileOps, claim: string, now: number): boolean {
  const found = unlessRefused(() => ({
    claimant: Buffer.from(files.readFileSync(claim)).toString(),
    age: now - files.statSync(claim).mtimeMs,
  }));
  return found !== undefined && (makerHasEnded(found.claimant) || found.age > ABANDONED_AFTER_MS);
}
