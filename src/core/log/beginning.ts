import { contextGone, corruptFile, newerFormat, type PermafrostError } from '../errors.ts';
import type { LogProblem } from './commitLog.ts';
import { allEpochs, directoryOf, firstEpoch, manifestFile, type ContextPaths } from './epochs.ts';
import { namesIn, type FileOps } from './files.ts';
import { FORMAT } from './frame.ts';
import { newestSnapshot, type FoundSnapshot } from './snapshotFile.ts';

/**
 * Where reading a log begins: the newest snapshot that is whole, or undefined for the first epoch. When a newer one
 * is damaged, that is an older one: the epochs that lead from it to the present are kept.
 * @param problems is emptied, then told of the snapshots that were found damaged on the way
 * @throws PF-4003 when what is left has no beginning, PF-4008 when nothing is left.
 */
export function findBeginning(
  files: FileOps,
  paths: ContextPaths,
  context: string,
  problems: LogProblem[],
): FoundSnapshot | undefined {
  for (;;) {
    const epochs = listing(files, paths);
    problems.length = 0;
    const found = newestSnapshot(files, paths, context, problems);
    const there = directoryOf(files, paths, found?.epoch ?? firstEpoch(context)) !== undefined;
    if (there && problems.length === 0) return found;
    // Whatever was not whole may have been let go just now, for a newer snapshot: then look again.
    if (listing(files, paths) !== epochs) continue;
    if (there) return found;
    throw nothingToReadFrom(paths, allEpochs(files, paths), problems);
  }
}

/** What is where: an epoch that moves from one place to the other makes another one. */
function listing(files: FileOps, { epochs, previous }: ContextPaths): string {
  return JSON.stringify([namesIn(files, epochs).toSorted(), namesIn(files, previous).toSorted()]);
}

function nothingToReadFrom(
  paths: ContextPaths,
  [oldest]: readonly string[],
  [problem]: readonly LogProblem[],
): PermafrostError {
  if (problem?.format !== undefined) return newerFormat(problem.path, problem.format, FORMAT);
  if (problem !== undefined) return corruptFile(problem.path, problem.what);
  return oldest === undefined
    ? contextGone(paths.root)
    : corruptFile(manifestFile(paths.epoch(oldest)), 'it is missing');
}
