import * as path from 'node:path';
import { createExclusive, removeQuietly, unlessRefused, type FileOps } from './files.ts';
import { makerHasEnded, temporaryName } from './temporaryName.ts';

/** After so long a claim holds nobody off: its process was stopped, or nothing can be known of it. */
const HOLDS_MS = 10 * 60 * 1000;

/**
 * Runs `work` unless another process that is still there runs its own under the same name, and tells whether it ran. That
 * spares work and keeps nothing safe: where the claim cannot be made, or two find an abandoned one, both run.
 * @param claim a file that says who is at work, in a directory for temporary files
 */
export function unlessClaimed(files: FileOps, claim: string, now: number, work: () => void): boolean {
  if (isLeftBehind(files, claim, now)) removeQuietly(files, claim);
  const claimant = temporaryName();
  if (!tryClaiming(files, claim, claimant)) return false;
  try {
    work();
  } finally {
    // Another one may have taken over from this one.
    if (claimantOf(files, claim) === claimant) removeQuietly(files, claim);
  }
  return true;
}

function tryClaiming(files: FileOps, claim: string, claimant: string): boolean {
  try {
    return createExclusive(files, path.dirname(claim), claim, Buffer.from(claimant));
  } catch {
    // What stands in the way will be told by the work, if it stands in its way too.
    return true;
  }
}

function claimantOf(files: FileOps, claim: string): string | undefined {
  return unlessRefused(() => files.readFileSync(claim, 'utf8'));
}

function isLeftBehind(files: FileOps, claim: string, now: number): boolean {
  const claimant = claimantOf(files, claim);
  if (claimant !== undefined && makerHasEnded(claimant)) return true;
  // A clock that was ahead has left it in the future.
  return unlessRefused(() => Math.abs(now - files.statSync(claim).mtimeMs) > HOLDS_MS) ?? false;
}
