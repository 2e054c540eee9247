import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { asPermafrostError, contextGone, errnoOf, writeUncertain, type PermafrostError } from '../errors.ts';
import { findBeginning } from './beginning.ts';
import { CommitBody, packStatements, unpackStatements } from './commit.ts';
import type { CommitDraft, CommitLog, LogProblem, LogStep, Snapshot } from './commitLog.ts';
import {
  commitFile,
  commitNumbers,
  ContextPaths,
  directoryOf,
  firstEpoch,
  goesOnAfter,
  highestCommit,
  laterEpochFrom,
  makeNextEpoch,
  manifestFile,
  ordinalOf,
  removeEmptyEpoch,
} from './epochs.ts';
import { createExclusive, nodeFiles, readIfThere, syncDirectory, tryWriting, type FileOps } from './files.ts';
import { frame, unframe } from './frame.ts';
import { readIdentity } from './identity.ts';
import { viewIn, type FoundSnapshot, type SnapshotPlace } from './snapshotFile.ts';

/** What does not pass by itself: the file is named, and the rest stays readable. */
const UNREADABLE = new Set(['EACCES', 'EISDIR', 'EPERM']);

interface Unreadable {
  readonly what: string;
}

/** `previous` of the first commit, and after a commit that could not be read. */
const UNKNOWN = '';

/**
 * The log in a directory: commit N is the file N, made by exclusive creation. There is no lock, so nothing
 * can be left locked; two processes that want the same number are told apart by `link`, as in Delta Lake.
 */
export class DirectoryLog implements CommitLog {
  readonly paths: ContextPaths;
  readonly problems: LogProblem[] = [];
  /** Snapshots that are damaged and were done without: nothing is lost, and they can be made again. */
  readonly damagedSnapshots: LogProblem[] = [];
  readonly #files: FileOps;
  readonly #context: string;
  readonly #writer = `${process.pid}-${randomBytes(4).toString('hex')}`;
  /** False until `rewind` succeeded: until then the rest says nothing about what is in the directory. */
  #begun = false;
  #beganFrom: Pick<FoundSnapshot, 'epoch' | 'manifest'> | undefined;
  #epoch: string;
  /** Where the epoch was when it was last looked for. */
  #directory: string;
  /** An epoch that the log leads to although nothing of it is left. */
  #lost: string | undefined;
  /** The directory of a seal that was read: it may be visible and not yet durable. */
  #sealedIn: string | undefined;
  #position = 0;
  /** The checksum of the commit at the position. */
  #checksum = UNKNOWN;
  /** The highest number seen in a listing: a smaller one that is not there is missing, not yet to come. */
  #highest = 0;
  #epochBytes = 0;

  constructor(directory: string, context: string, files: FileOps = nodeFiles) {
    this.paths = new ContextPaths(directory);
    this.#context = context;
    this.#files = files;
    this.#epoch = firstEpoch(context);
    this.#directory = this.paths.epoch(this.#epoch);
  }

  get position(): number {
    return this.#position;
  }

  /** Bytes of this epoch's commits: what replaying it costs goes by them. */
  get epochBytes(): number {
    return this.#epochBytes;
  }

  /** Whether this epoch has no whole snapshot although it follows another one. */
  get lacksSnapshot(): boolean {
    if (ordinalOf(this.#epoch) === 1) return false;
    const isDamaged = this.damagedSnapshots.some((problem) => path.dirname(problem.path) === this.#directory);
    return isDamaged || !this.#files.existsSync(manifestFile(this.#directory));
  }

  /** Whether a snapshot of the position would be of use: none is there, and no later one will be made. */
  get wantsSnapshot(): boolean {
    return this.lacksSnapshot && !goesOnAfter(this.#files, this.paths, this.#epoch);
  }

  rewind(): Snapshot | undefined {
    this.#begun = false;
    // The directory may hold another context by now, made after this one was deleted.
    if (readIdentity(this.#files, this.paths.root)?.id !== this.#context) throw contextGone(this.paths.root);
    const damaged: LogProblem[] = [];
    const found = findBeginning(this.#files, this.paths, this.#context, damaged);
    this.problems.length = 0;
    this.damagedSnapshots.splice(0, Infinity, ...damaged);
    this.#beganFrom = found && { epoch: found.epoch, manifest: found.manifest };
    this.#noteIfLost(found?.epoch ?? firstEpoch(this.#context));
    this.#enter(found?.epoch ?? firstEpoch(this.#context));
    this.#position = found?.manifest.number ?? 0;
    this.#checksum = found?.manifest.checksum ?? UNKNOWN;
    this.#begun = true;
    return found && { number: found.manifest.number, database: found.database };
  }

  keptView(name: string): Uint8Array | undefined {
    if (this.#beganFrom === undefined) return undefined;
    const found = viewIn(this.#files, this.paths, this.#beganFrom, name);
    if (found instanceof Uint8Array || found === undefined) return found;
    this.damagedSnapshots.push(found);
    return undefined;
  }

  /** Forgets where it was: `next` says that it is gone, until `rewind`. */
  leave(): void {
    this.#begun = false;
  }

  next(): LogStep {
    while (this.#begun) {
      const file = commitFile(this.#directory, this.#position + 1);
      const step = this.#step(file, this.#read(file));
      if (step !== undefined) return step;
    }
    return { kind: 'gone' };
  }

  #step(file: string, found: Uint8Array | Unreadable | undefined): LogStep | undefined {
    if (found === undefined) return this.#withoutFile(file);
    return found instanceof Uint8Array ? this.#accept(file, found) : this.#skip(file, found.what);
  }

  tryAppend(draft: CommitDraft): boolean {
    const { at, schema, statements } = draft;
    const body = { kind: 'statements', ...this.#origin(at), schema, ...packStatements(statements) } as const;
    const { bytes, checksum } = frame(body satisfies CommitBody);
    if (!this.#create(bytes)) return false;
    this.#moveTo(body.number, checksum, bytes.length);
    return true;
  }

  /**
   * Closes this epoch: `next` then moves on to an empty one. The new directory is there, durably, before the
   * seal names it, so nobody waits for the snapshot: it is made later, beside the commits of the new epoch.
   * @returns false when another process was first with a commit; the epoch is still open.
   */
  trySeal(at: string): boolean {
    const next = makeNextEpoch(this.#files, this.paths, this.#epoch);
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

  /** Where the state of the position belongs as a snapshot, directly after a seal. */
  get snapshotPlace(): SnapshotPlace {
    return { epoch: this.#epoch, number: this.#position, checksum: this.#checksum, context: this.#context };
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
    return {
      context: this.#context,
      number: this.#position + 1,
      previous: this.#checksum,
      at,
      writer: this.#writer,
    };
  }

  /** Makes `bytes` the file after the position, durably, unless another process was first. */
  #create(bytes: Uint8Array, visible?: () => void): boolean {
    this.#makeSealDurable();
    // Only ever where the log goes on: in an epoch that was moved aside meanwhile, this fails.
    const file = commitFile(this.paths.epoch(this.#epoch), this.#position + 1);
    if (!createExclusive(this.#files, this.paths.temporary, file, bytes)) return false;
    visible?.();
    try {
      this.#syncEpoch(this.#epoch);
    } catch (cause) {
      // The commit can be seen, by others too, so it is not taken back; but it may not outlive a power cut.
      throw writeUncertain(file, cause);
    }
    return true;
  }

  /** A commit of the next epoch must not be on disk without the seal that leads to it. */
  #makeSealDurable(): void {
    if (this.#sealedIn === undefined) return;
    this.#syncEpoch(this.#sealedIn);
    this.#sealedIn = undefined;
  }

  #syncEpoch(epoch: string): void {
    try {
      syncDirectory(this.#files, this.paths.epoch(epoch));
    } catch (cause) {
      // ENOENT: it was let go meanwhile, and a durable snapshot stands for all that was in it.
      if (errnoOf(cause) !== 'ENOENT') throw cause;
    }
  }

  #read(file: string): Uint8Array | Unreadable | undefined {
    // Asking first is what makes looking for news cheap: a failing open costs five times as much.
    if (this.#position >= this.#highest && !this.#files.existsSync(file)) return undefined;
    try {
      return readIfThere(this.#files, file);
    } catch (cause) {
      if (!UNREADABLE.has(errnoOf(cause) ?? '')) throw cause;
      return readAgain(this.#files, file);
    }
  }

  /** An epoch is let go only after a later one got its snapshot. Otherwise what was in it is lost. */
  #noteIfLost(beginning: string): void {
    const isAhead = ordinalOf(this.#epoch) >= ordinalOf(beginning);
    const isLost = isAhead && directoryOf(this.#files, this.paths, this.#epoch) === undefined;
    this.#lost = isLost ? this.#epoch : undefined;
    if (isLost) this.problems.push({ path: this.paths.epoch(this.#epoch), what: 'it is missing' });
  }

  /** What it means that the commit after the position is not there. */
  #withoutFile(file: string): LogStep | undefined {
    // In this order: an epoch that is still there now was there when the file was looked for.
    if (!this.#files.existsSync(this.#directory) && this.#epoch !== this.#lost) return this.#followMove();
    if (this.#checksum === UNKNOWN && this.#enterLaterEpoch()) return undefined;
    return this.#highest <= this.#position ? { kind: 'end' } : this.#skipMissing(file);
  }

  /** An epoch that was moved aside is read on where it is kept now. */
  #followMove(): LogStep | undefined {
    const directory = directoryOf(this.#files, this.paths, this.#epoch);
    if (directory === undefined) return { kind: 'gone' };
    this.#directory = directory;
    return undefined;
  }

  /** The last commit that could not be used may have been the seal: then a later epoch goes on from here. */
  #enterLaterEpoch(): boolean {
    const later = laterEpochFrom(this.#files, this.paths, this.#epoch, this.#position + 1);
    if (later !== undefined) this.#enter(later);
    return later !== undefined;
  }

  /** Checks what a commit's file holds. A damaged one gives nothing and is passed over. */
  #accept(file: string, bytes: Uint8Array): LogStep | undefined {
    const content = unframe(bytes);
    if (content.kind === 'newer') return { kind: 'newer', path: file, format: content.format };
    if (content.kind === 'damaged') return this.#skip(file, content.what);
    const parsed = CommitBody.safeParse(content.body);
    if (!parsed.success) return this.#skip(file, 'it is not a commit');
    const body = parsed.data;
    const wrong = this.#wrongOrigin(body);
    if (wrong !== undefined) return this.#skip(file, wrong);
    const sealed = this.#epoch;
    if (body.kind === 'seal') this.#enter(body.next);
    this.#moveTo(body.number, content.checksum, bytes.length);
    if (body.kind === 'statements') {
      const { number, schema } = body;
      return { kind: 'commit', commit: { number, schema, statements: unpackStatements(body) } };
    }
    this.#sealedIn = sealed;
    return { kind: 'sealed' };
  }

  #wrongOrigin(body: CommitBody): string | undefined {
    if (body.context !== this.#context) return 'it belongs to another context';
    if (body.number !== this.#position + 1) return `it is a copy of commit ${body.number}`;
    if (this.#checksum !== UNKNOWN && body.previous !== this.#checksum) {
      return `it does not follow the commit ${this.#position} that is there`;
    }
    return undefined;
  }

  /** Names a file that cannot be used and goes on after it, so that the rest stays readable. */
  #skip(file: string, what: string): undefined {
    this.problems.push({ path: file, what });
    this.#position += 1;
    this.#checksum = UNKNOWN;
  }

  /** A run of missing commits is one problem, however long a name that is no commit's makes it. */
  #skipMissing(file: string): undefined {
    const there = commitNumbers(this.#files, this.paths, this.#epoch).find(
      (number) => number > this.#position,
    );
    const last = there === undefined ? this.#position + 1 : there - 1;
    const more = last - this.#position - 1;
    this.#skip(file, more === 0 ? 'it is missing' : `it is missing, and so are the ${more} after it`);
    this.#position = last;
  }

  #moveTo(number: number, checksum: string, bytes: number): void {
    this.#position = number;
    this.#checksum = checksum;
    this.#epochBytes += bytes;
  }

  #enter(epoch: string): void {
    // First what can fail: half moved, this process would write after the seal of the epoch before.
    this.#highest = highestCommit(this.#files, this.paths, epoch);
    this.#epoch = epoch;
    this.#directory = directoryOf(this.#files, this.paths, epoch) ?? this.paths.epoch(epoch);
    this.#epochBytes = 0;
  }
}

/** A second look tells a file that nobody may read from a moment's failure. */
function readAgain(files: FileOps, file: string): Uint8Array | Unreadable | undefined {
  try {
    return readIfThere(files, file);
  } catch (cause) {
    return { what: `it cannot be read (${String(cause)})` };
  }
}
