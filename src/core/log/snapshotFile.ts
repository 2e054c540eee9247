import * as path from 'node:path';
import * as z from 'zod';
import { corruptFile, newerFormat } from '../errors.ts';
import type { LogProblem } from './commitLog.ts';
import { listEpochs, retireEpochsBefore, type ContextPaths } from './epochs.ts';
import { createExclusive, readIfThere, replaceFile, syncDirectory, type FileOps } from './files.ts';
import { FORMAT, frame, sha256, unframe } from './frame.ts';

/** Says which file beside it is the epoch's snapshot, and what state it holds. */
const SnapshotManifest = z.object({
  context: z.string(),
  /** The number and the checksum of the seal that the snapshot is the state of. */
  number: z.int().min(1),
  checksum: z.string(),
  file: z.string().regex(/^snapshot-[0-9a-f]{8}\.db$/),
  sha256: z.string(),
});
type SnapshotManifest = z.infer<typeof SnapshotManifest>;

export interface FoundSnapshot {
  readonly epoch: string;
  readonly manifest: SnapshotManifest;
  readonly database: Uint8Array;
}

/** The newest snapshot that is whole; what is found damaged on the way is added to `problems`. */
export function newestSnapshot(
  files: FileOps,
  paths: ContextPaths,
  context: string,
  problems: LogProblem[],
): FoundSnapshot | undefined {
  for (const epoch of listEpochs(files, paths).toReversed()) {
    const bytes = readIfThere(files, paths.manifest(epoch));
    if (bytes === undefined) continue;
    const read = readSnapshot(files, paths, epoch, bytes, context);
    if (read.kind === 'whole') return { epoch, ...read };
    problems.push(read);
  }
  return undefined;
}

type SnapshotRead = ({ kind: 'whole' } & Omit<FoundSnapshot, 'epoch'>) | ({ kind: 'damaged' } & LogProblem);

function readSnapshot(
  files: FileOps,
  paths: ContextPaths,
  epoch: string,
  bytes: Uint8Array,
  context: string,
): SnapshotRead {
  const damaged = (at: string, what: string): SnapshotRead => ({ kind: 'damaged', path: at, what });
  const content = unframe(bytes);
  if (content.kind === 'newer') throw newerFormat(paths.manifest(epoch), content.format, FORMAT);
  if (content.kind === 'damaged') return damaged(paths.manifest(epoch), content.what);
  const parsed = SnapshotManifest.safeParse(content.body);
  if (!parsed.success) return damaged(paths.manifest(epoch), 'it is not a snapshot manifest');
  if (parsed.data.context !== context) return damaged(paths.manifest(epoch), 'it belongs to another context');
  const file = path.join(paths.epoch(epoch), parsed.data.file);
  const database = readIfThere(files, file);
  if (database === undefined) return damaged(file, 'it is missing');
  if (sha256(database) !== parsed.data.sha256)
    return damaged(file, 'its content does not match its checksum');
  return { kind: 'whole', manifest: parsed.data, database };
}

/** A place in the log that a snapshot can stand for: right after a seal. */
export interface SnapshotPlace {
  readonly context: string;
  /** The epoch that begins here. */
  readonly epoch: string;
  /** The seal's number and checksum. */
  readonly number: number;
  readonly checksum: string;
}

/**
 * Publishes `database` as the state at `place`, then lets the epochs before it go. The state is determined,
 * so it does not matter which process does this, or whether two do at once: one manifest wins.
 * @returns false when another process made a newer one meanwhile, and let the place go.
 * @throws PF-4003 when what was written does not read back; then nothing is let go.
 */
export function publishSnapshot(
  files: FileOps,
  paths: ContextPaths,
  place: SnapshotPlace,
  database: Uint8Array,
): boolean {
  try {
    writeSnapshot(files, paths, place, database);
    retireBeforeNewest(files, paths, place.context);
    return true;
  } catch (cause) {
    if (files.existsSync(paths.epoch(place.epoch))) throw cause;
    return false;
  }
}

function writeSnapshot(
  files: FileOps,
  paths: ContextPaths,
  place: SnapshotPlace,
  database: Uint8Array,
): void {
  const checksum = sha256(database);
  const file = `snapshot-${checksum.slice(0, 8)}.db`;
  replaceFile(files, paths.temporary, path.join(paths.epoch(place.epoch), file), database);
  const { context, number, checksum: sealed } = place;
  const manifest: SnapshotManifest = { context, number, checksum: sealed, file, sha256: checksum };
  createExclusive(files, paths.temporary, paths.manifest(place.epoch), frame(manifest).bytes);
  syncDirectory(files, paths.epoch(place.epoch));
}

function retireBeforeNewest(files: FileOps, paths: ContextPaths, context: string): void {
  const problems: LogProblem[] = [];
  const found = newestSnapshot(files, paths, context, problems);
  const [problem] = problems;
  if (problem !== undefined) throw corruptFile(problem.path, problem.what);
  if (found !== undefined) retireEpochsBefore(files, paths, found.epoch);
}
