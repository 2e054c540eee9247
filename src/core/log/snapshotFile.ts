import * as path from 'node:path';
import * as z from 'zod';
import { corruptFile, errnoOf } from '../errors.ts';
import type { LogProblem } from './commitLog.ts';
import {
  allEpochs,
  directoryOf,
  firstEpoch,
  manifestFile,
  ordinalOf,
  retireEpochsBefore,
  type ContextPaths,
} from './epochs.ts';
import { readIfThere, replaceFile, type FileOps } from './files.ts';
import { frame, sha256, unframe } from './frame.ts';
import { decode, encode } from './snapshotCoding.ts';

const Part = z.object({
  file: z.string().regex(/^[a-z]+-[0-9a-f]{8}\.(db|db\.zst|view)$/),
  sha256: z.string(),
});
type Part = z.infer<typeof Part>;

/** Says which files beside it are the epoch's snapshot, and what state they hold. */
const SnapshotManifest = z.object({
  context: z.string(),
  /** The epoch that it is the beginning of: a snapshot of another one is whole too. The first builds did not say it. */
  epoch: z.string().optional(),
  /** The number and the checksum of the seal that the snapshot is the state of. */
  number: z.int().min(1),
  checksum: z.string(),
  /** The file of the database, and the size of the database in it. */
  ...Part.shape,
  size: z.int().default(0),
  /** Other views of the same state, by name. Only the database has to be whole. */
  views: z.record(z.string(), Part).default({}),
});
type SnapshotManifest = z.infer<typeof SnapshotManifest>;

export interface FoundSnapshot {
  readonly epoch: string;
  readonly manifest: SnapshotManifest;
  readonly database: Uint8Array;
}

/** What a snapshot is to hold: the SQLite file, and other views of the same state by name. */
export interface SnapshotContent {
  readonly database: Uint8Array;
  readonly views: ReadonlyMap<string, Uint8Array>;
  /** Whether the database is to take less of the disk, and more time to read. */
  readonly compressed: boolean;
}

/**
 * The newest snapshot that is whole; what is found damaged on the way is added to `problems`.
 * @param before only those of epochs before this one
 */
export function newestSnapshot(
  files: FileOps,
  paths: ContextPaths,
  context: string,
  problems: LogProblem[],
  before?: string,
): FoundSnapshot | undefined {
  const epochs = allEpochs(files, paths).filter(
    (name) => before === undefined || ordinalOf(name) < ordinalOf(before),
  );
  for (const epoch of epochs.toReversed()) {
    const directory = directoryOf(files, paths, epoch);
    const bytes = directory === undefined ? undefined : look(files, manifestFile(directory));
    if (directory === undefined || bytes === undefined) continue;
    const read = bytes instanceof Uint8Array ? readSnapshot(files, directory, bytes, context) : bytes;
    if ('database' in read) return { epoch, ...read };
    problems.push(read);
  }
  return undefined;
}

/** A view that a snapshot keeps beside the database; undefined when it keeps none, what is wrong when it is damaged. */
export function viewIn(
  files: FileOps,
  paths: ContextPaths,
  { epoch, manifest }: Pick<FoundSnapshot, 'epoch' | 'manifest'>,
  name: string,
): Uint8Array | LogProblem | undefined {
  // The epoch may have been moved since the snapshot was found.
  const directory = directoryOf(files, paths, epoch);
  const part = manifest.views[name];
  if (directory === undefined || part === undefined) return undefined;
  return readPart(files, directory, part);
}

function readSnapshot(
  files: FileOps,
  directory: string,
  bytes: Uint8Array,
  context: string,
): Omit<FoundSnapshot, 'epoch'> | LogProblem {
  const manifest = readManifest(manifestFile(directory), bytes, { context, epoch: path.basename(directory) });
  if ('what' in manifest) return manifest;
  const kept = readPart(files, directory, manifest);
  if (!(kept instanceof Uint8Array)) return kept;
  return { manifest, database: decode(path.join(directory, manifest.file), kept, manifest.size) };
}

/** What says nothing of the file: there are too many of them open, or there is no memory. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** A file that cannot be read is as bad as a damaged one, and can be done without in the same way. */
function look(files: FileOps, file: string): Uint8Array | LogProblem | undefined {
  try {
    return readIfThere(files, file);
  } catch (cause) {
    if (PASSING.has(errnoOf(cause) ?? '')) throw cause;
    return { path: file, what: `it cannot be read (${String(cause)})` };
  }
}

function readPart(files: FileOps, directory: string, part: Part): Uint8Array | LogProblem {
  const file = path.join(directory, part.file);
  const bytes = look(files, file);
  if (bytes === undefined) return { path: file, what: 'it is missing' };
  if (!(bytes instanceof Uint8Array)) return bytes;
  return sha256(bytes) === part.sha256
    ? bytes
    : { path: file, what: 'its content does not match its checksum' };
}

function readManifest(
  file: string,
  bytes: Uint8Array,
  { context, epoch }: Pick<SnapshotPlace, 'context' | 'epoch'>,
): SnapshotManifest | LogProblem {
  const content = unframe(bytes);
  if (content.kind === 'newer')
    return { path: file, what: 'it is of a newer Permafrost', format: content.format };
  if (content.kind === 'damaged') return { path: file, what: content.what };
  const parsed = SnapshotManifest.safeParse(content.body);
  if (!parsed.success) return { path: file, what: 'it is not a snapshot manifest' };
  if (parsed.data.context !== context) return { path: file, what: 'it belongs to another context' };
  const of = parsed.data.epoch ?? epoch;
  if (of !== epoch) return { path: file, what: `it is the snapshot of another epoch, ${of}` };
  return parsed.data;
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
 * Publishes `content` as the state at `place`, then lets the epochs before it go, but for the way back from it. The
 * state is determined, so it does not matter which process does this, or whether two do at once: either's will do.
 * @returns false when another process made a newer one meanwhile, and let the place go.
 * @throws PF-4003 when what was written does not read back; then nothing is let go.
 */
export function publishSnapshot(
  files: FileOps,
  paths: ContextPaths,
  place: SnapshotPlace,
  content: SnapshotContent,
): boolean {
  try {
    writeSnapshot(files, paths, place, content);
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
  { context, epoch, number, checksum }: SnapshotPlace,
  { database, views, compressed }: SnapshotContent,
): void {
  const directory = paths.epoch(epoch);
  const write = (name: string, extension: string, bytes: Uint8Array): Part => {
    const sum = sha256(bytes);
    const file = `${name}-${sum.slice(0, 8)}.${extension}`;
    replaceFile(files, paths.temporary, path.join(directory, file), bytes);
    return { file, sha256: sum };
  };
  const { bytes, extension } = encode(database, compressed);
  const manifest: SnapshotManifest = {
    context,
    epoch,
    number,
    checksum,
    ...write('snapshot', extension, bytes),
    size: database.length,
    views: Object.fromEntries([...views].map(([name, view]) => [name, write(name, 'view', view)])),
  };
  replaceFile(files, paths.temporary, manifestFile(directory), frame(manifest).bytes);
}

function retireBeforeNewest(files: FileOps, paths: ContextPaths, context: string): void {
  const problems: LogProblem[] = [];
  const found = newestSnapshot(files, paths, context, problems);
  const [problem] = problems;
  if (problem !== undefined) throw corruptFile(problem.path, problem.what);
  if (found !== undefined)
    retireEpochsBefore(files, paths, found.epoch, wayBackFrom(files, paths, context, found.epoch));
}

/** The newest epoch before `epoch` that the log can be read from. */
function wayBackFrom(
  files: FileOps,
  paths: ContextPaths,
  context: string,
  epoch: string,
): string | undefined {
  const first = firstEpoch(context);
  const older = newestSnapshot(files, paths, context, [], epoch)?.epoch;
  return older ?? (directoryOf(files, paths, first) === undefined ? undefined : first);
}
