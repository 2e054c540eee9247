import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { asPermafrostError, errnoOf, newerFormat, writeUncertain, type PermafrostError } from '../errors.ts';
import type { Soon } from '../soon.ts';
import { packStatements, type CommitBody } from './commit.ts';
import type { CommitDraft, CommitLog, LogProblem, LogStep, Snapshot } from './commitLog.ts';
import {
  commitFile,
  goesOnAfter,
  highestCommit,
  makeNextEpoch,
  manifestFile,
  ordinalOf,
  removeEmptyEpoch,
  type ContextPaths,
} from './epochs.ts';
import { nodeFiles, publishExclusive, syncDirectory, tryWriting, type FileOps } from './files.ts';
import { FORMAT, frame } from './frame.ts';
import { LogCursor } from './logCursor.ts';
import { keepRollbackPoint, type SchemaChange } from './rollbackPoint.ts';
import type { SnapshotPlace } from './snapshotFile.ts';
import { SpareFiles } from './spareFiles.ts';

/**
 * The log in a directory: commit N is the file N, made by exclusive creation. There is no lock, so nothing
 * can be left locked; two processes that want the same number are told apart by `link`, as in Delta Lake.
 */
export class DirectoryLog implements CommitLog {
  readonly #files: FileOps;
  readonly #cursor: LogCursor;
  readonly #spares: SpareFiles;
  readonly #writer = `${process.pid}-${randomBytes(4).toString('hex')}`;

  constructor(directory: string, context: string, files: FileOps = nodeFiles, soon?: Soon) {
    this.#files = files;
    this.#cursor = new LogCursor(directory, context, files);
    this.#spares = new SpareFiles(files, this.paths.temporary, soon);
  }

  get paths(): ContextPaths {
    return this.#cursor.paths;
  }

  get position(): number {
    return this.#cursor.position;
  }

  get problems(): readonly LogProblem[] {
    return this.#cursor.problems;
  }

  get damagedSnapshots(): readonly LogProblem[] {
    return this.#cursor.damagedSnapshots;
  }

  /** What says that a newer build made a snapshot, if one did: this one did without, and must not write. */
  get newerSnapshot(): PermafrostError | undefined {
    const newer = this.damagedSnapshots.find(({ format }) => format !== undefined);
    return newer?.format === undefined ? undefined : newerFormat(newer.path, newer.format, FORMAT);
  }

  /** Bytes of this epoch's commits: what replaying it costs goes by them. */
  get epochBytes(): number {
    return this.#cursor.epochBytes;
  }

  /** The same of the epoch before this one; undefined when it was not read. */
  get epochBytesBefore(): number | undefined {
    return this.#cursor.epochBytesBefore;
  }

  /** Whether this epoch has no whole snapshot although it follows another one. */
  get lacksSnapshot(): boolean {
    const { epoch, directory, damagedSnapshots } = this.#cursor;
    if (ordinalOf(epoch) === 1) return false;
    const isDamaged = damagedSnapshots.some((problem) => path.dirname(problem.path) === directory);
    return isDamaged || !this.#files.existsSync(manifestFile(directory));
  }

  /** Whether a snapshot of the position would be of use: none is there, and no later one will be made. */
  get wantsSnapshot(): boolean {
    return this.lacksSnapshot && !goesOnAfter(this.#files, this.paths, this.#cursor.epoch);
  }

  /** Where the state of the position belongs as a snapshot, directly after a seal. */
  get snapshotPlace(): SnapshotPlace {
    const { epoch, position: number, checksum, context } = this.#cursor;
    return { epoch, number, checksum, context };
  }

  /** Whether there is anything after the position, also when it was left. Moves nothing. */
  get hasNews(): boolean {
    const { directory, position } = this.#cursor;
    return this.#files.existsSync(commitFile(directory, position + 1)) || !this.#files.existsSync(directory);
  }

  /** The number of the log's last commit, looked up anew, whatever was read so far. */
  get head(): number {
    // An epoch that just began has none.
    return Math.max(this.position, highestCommit(this.#files, this.paths, this.#cursor.epoch));
  }

  rewind(): Snapshot | undefined {
    return this.#cursor.rewind();
  }

  keptView(name: string): Uint8Array | undefined {
    return this.#cursor.keptView(name);
  }

  /** Forgets where it was: `next` says that it is gone, until `rewind`. */
  leave(): void {
    this.#cursor.leave();
  }

  /** What is wrong with the log as it is on disk now, also where it was read before. @throws as `rewind` and `next` do */
  problemsNow(): readonly LogProblem[] {
    return this.#cursor.readAnew().problems;
  }

  /**
   * Reads the log as it is on disk now, and says how many commits more than were read before can be read of it, and whether
   * it has fewer problems. Moves nothing; what is wrong with it now are its problems from now on.
   * @throws as `rewind` and `next` do
   */
  lookAgain(): { readonly gained: number; readonly fewerProblems: boolean } {
    const { problems, readable } = this.#cursor;
    const anew = this.#cursor.readAnew();
    const fewerProblems = anew.problems.length < problems.length;
    problems.splice(0, Infinity, ...anew.problems);
    return { gained: anew.readable - readable, fewerProblems };
  }

  /** Removes what was made for commits to come: they take longer now, until it is made again. */
  removeSpares(): void {
    this.#spares.remove();
  }

  next(): LogStep {
    return this.#cursor.next();
  }

  tryAppend(draft: CommitDraft): boolean {
    const { at, schema, statements } = draft;
    const body = { kind: 'statements', ...this.#origin(at), schema, ...packStatements(statements) } as const;
    const { bytes, checksum } = frame(body satisfies CommitBody);
    if (!this.#create(bytes)) return false;
    this.#cursor.moveTo(body.number, checksum, bytes.length);
    return true;
  }

  /**
   * Closes this epoch: `next` then moves on to an empty one. The new directory is there, durably, before the
   * seal names it, so nobody waits for the snapshot: it is made later, beside the commits of the new epoch.
   * @returns false when another process was first with a commit; the epoch is still open.
   */
  trySeal(at: string): boolean {
    const next = makeNextEpoch(this.#files, this.paths, this.#cursor.epoch);
    const seal = { kind: 'seal', ...this.#origin(at), next } as const;
    const { bytes } = frame(seal satisfies CommitBody);
    let named = false;
    try {
      this.#create(bytes, () => (named = true));
    } finally {
      if (!named) removeEmptyEpoch(this.#files, this.paths, next);
    }
    return named;
  }

  /**
   * Makes every commit that was read durable. No commit may be on disk without those that it follows, whoever
   * wrote them and was stopped before syncing them.
   */
  makeDurable(): void {
    this.#cursor.settle((epoch) => this.#syncEpoch(epoch));
  }

  /** Keeps the context as it is at the position, before its schema is changed. @throws PF-4005 */
  keepRollbackPoint(change: SchemaChange): void {
    keepRollbackPoint(this.#files, this.paths, this.snapshotPlace, change);
  }

  /** Writes a file and takes it away again; gives what stands in the way, if anything does. */
  whyUnwritable(): PermafrostError | undefined {
    try {
      tryWriting(this.#files, this.paths.temporary);
      return undefined;
    } catch (cause) {
      return asPermafrostError(cause);
    }
  }

  #origin(at: string) {
    const { context, position, checksum } = this.#cursor;
    return { context, number: position + 1, previous: checksum, at, writer: this.#writer };
  }

  /** Makes `bytes` the file after the position, durably, unless another process was first. */
  #create(bytes: Uint8Array, visible?: () => void): boolean {
    this.makeDurable();
    const { epoch, position } = this.#cursor;
    // Only ever where the log goes on: in an epoch that was moved aside meanwhile, this fails.
    const file = commitFile(this.paths.epoch(epoch), position + 1);
    if (!publishExclusive(this.#files, this.#spares.open(), file, bytes)) return false;
    visible?.();
    try {
      this.#syncEpoch(epoch);
    } catch (cause) {
      // The commit can be seen, by others too, so it is not taken back; but it may not outlive a power cut.
      throw writeUncertain(file, cause);
    }
    return true;
  }

  #syncEpoch(epoch: string): void {
    try {
      syncDirectory(this.#files, this.paths.epoch(epoch));
    } catch (cause) {
      // ENOENT: it was let go meanwhile, and a durable snapshot stands for all that was in it.
      if (errnoOf(cause) !== 'ENOENT') throw cause;
    }
  }
}
