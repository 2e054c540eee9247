import { contextGone } from '../errors.ts';
import { findBeginning } from './beginning.ts';
import { unpackStatements } from './commit.ts';
import type { LogProblem, LogStep, Snapshot } from './commitLog.ts';
import {
  commitFile,
  commitNumbers,
  ContextPaths,
  directoryOf,
  firstEpoch,
  highestCommit,
  laterEpochFrom,
  ordinalOf,
} from './epochs.ts';
import { readIfThere, type FileOps } from './files.ts';
import { readIdentity } from './identity.ts';
import { readCommit, UNKNOWN, type CommitRead } from './readCommit.ts';
import { viewIn, type FoundSnapshot } from './snapshotFile.ts';

type WholeCommit = Extract<CommitRead, { kind: 'whole' }>;

/** A place in the log of a directory, and the way on from there: reading only. */
export class LogCursor {
  readonly paths: ContextPaths;
  readonly context: string;
  readonly problems: LogProblem[] = [];
  readonly damagedSnapshots: LogProblem[] = [];
  readonly #files: FileOps;
  /** False until `rewind` succeeded: until then the rest says nothing about what is in the directory. */
  #begun = false;
  #beganFrom: Pick<FoundSnapshot, 'epoch' | 'manifest'> | undefined;
  #epoch: string;
  /** Where the epoch was when it was last looked for. */
  #directory: string;
  /** An epoch that the log leads to although nothing of it is left. */
  #lost: string | undefined;
  /** Epochs of commits that were read: they may be visible and not yet durable. */
  readonly #unsettled = new Set<string>();
  #position = 0;
  #passedOver = 0;
  #checksum = UNKNOWN;
  /** The highest number seen in a listing: a smaller one that is not there is missing, not yet to come. */
  #highest = 0;
  #epochBytes = 0;
  #epochBytesBefore: number | undefined;

  constructor(directory: string, context: string, files: FileOps) {
    this.paths = new ContextPaths(directory);
    this.context = context;
    this.#files = files;
    this.#epoch = firstEpoch(context);
    this.#directory = this.paths.epoch(this.#epoch);
  }

  get position(): number {
    return this.#position;
  }

  /** How many commits are in what was read: those up to the position, but for those that were passed over. */
  get readable(): number {
    return this.#position - this.#passedOver;
  }

  /** The checksum of the commit at the position. */
  get checksum(): string {
    return this.#checksum;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Where the epoch is: in the log, or where it is kept. */
  get directory(): string {
    return this.#directory;
  }

  get epochBytes(): number {
    return this.#epochBytes;
  }

  /** The same of the epoch before this one; undefined when it was not read. */
  get epochBytesBefore(): number | undefined {
    return this.#epochBytesBefore;
  }

  rewind(): Snapshot | undefined {
    this.#begun = false;
    // The directory may hold another context by now, made after this one was deleted.
    if (readIdentity(this.#files, this.paths.root)?.id !== this.context) throw contextGone(this.paths.root);
    const damaged: LogProblem[] = [];
    const found = findBeginning(this.#files, this.paths, this.context, damaged);
    this.problems.length = 0;
    this.damagedSnapshots.splice(0, Infinity, ...damaged);
    this.#beganFrom = found && { epoch: found.epoch, manifest: found.manifest };
    this.#noteIfLost(found?.epoch ?? firstEpoch(this.context));
    this.#enter(found?.epoch ?? firstEpoch(this.context));
    this.#epochBytesBefore = undefined;
    this.#position = found?.manifest.number ?? 0;
    this.#passedOver = 0;
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
      const step = this.#step(commitFile(this.#directory, this.#position + 1));
      if (step !== undefined) return step;
    }
    return { kind: 'gone' };
  }

  /** A cursor that has read the log as it is in the directory now. This one stays where it is. @throws as `rewind` and `next` do */
  readAnew(): LogCursor {
    const anew = new LogCursor(this.paths.root, this.context, this.#files);
    // It has to know of an epoch that the log led to, should nothing of it be left.
    anew.#epoch = this.#epoch;
    anew.rewind();
    for (let { kind } = anew.next(); kind !== 'end' && kind !== 'newer'; { kind } = anew.next())
      if (kind === 'gone') anew.rewind();
    return anew;
  }

  /** Moves past a commit that was read, or made. */
  moveTo(number: number, checksum: string, bytes: number): void {
    this.#position = number;
    this.#checksum = checksum;
    this.#epochBytes += bytes;
  }

  /** Has `sync` make durable what was read since the last time: it may have been visible only. */
  settle(sync: (epoch: string) => void): void {
    this.#unsettled.forEach(sync);
    this.#unsettled.clear();
  }

  #step(file: string): LogStep | undefined {
    // Asking first is what makes looking for news cheap: a failing open costs five times as much.
    if (this.#position >= this.#highest && !this.#files.existsSync(file)) return this.#withoutFile(file);
    const { context } = this;
    const expected = { context, number: this.#position + 1, previous: this.#checksum };
    const found = readCommit(this.#files, file, expected);
    if (found.kind === 'absent') return this.#withoutFile(file);
    if (found.kind === 'newer') return { ...found, path: file };
    return found.kind === 'whole' ? this.#accept(found) : this.#skip(file, found.what);
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
    if (this.#highest > this.#position) return this.#skipMissing(file);
    this.#noteIfCutOff(file);
    return { kind: 'end' };
  }

  /** An epoch is kept only when the log has gone on after it: it ends with the commit that says where. */
  #noteIfCutOff(file: string): void {
    const isKept = this.#directory === this.paths.previousEpoch(this.#epoch);
    // One that could not be used may have been that commit, and is named.
    if (!isKept || this.#checksum === UNKNOWN || this.problems.some(({ path }) => path === file)) return;
    // `existsSync` says that it is not there also when it may not be looked for: then reading it fails otherwise.
    if (readIfThere(this.#files, file) !== undefined) return;
    this.problems.push({ path: file, what: 'it is missing, and so is all that came after it' });
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

  #accept({ body, checksum, bytes }: WholeCommit): LogStep {
    this.#unsettled.add(this.#epoch);
    if (body.kind === 'seal') this.#enter(body.next);
    this.moveTo(body.number, checksum, bytes);
    if (body.kind === 'statements') {
      const { number, schema } = body;
      return { kind: 'commit', commit: { number, schema, statements: unpackStatements(body) } };
    }
    return { kind: 'sealed' };
  }

  /** Names a file that cannot be used and goes on after it, so that the rest stays readable. */
  #skip(file: string, what: string): undefined {
    this.problems.push({ path: file, what });
    this.#position += 1;
    this.#passedOver += 1;
    this.#checksum = UNKNOWN;
  }

  /** A run of missing commits is one problem, however long a name that is no commit's makes it. */
  #skipMissing(file: string): undefined {
    const there = commitNumbers(this.#files, this.paths, this.#epoch).find(
      (number) => number > this.#position,
    );
    const last = there === undefined ? this.#position + 1 : there - 1;
    const more = last - this.#position - 1;
    const others = more === 1 ? 'is the one' : `are the ${more}`;
    this.#skip(file, more === 0 ? 'it is missing' : `it is missing, and so ${others} after it`);
    this.#position = last;
    this.#passedOver += more;
  }

  #enter(epoch: string): void {
    // First what can fail: half moved, this process would write after the seal of the epoch before.
    this.#highest = highestCommit(this.#files, this.paths, epoch);
    this.#epoch = epoch;
    this.#directory = directoryOf(this.#files, this.paths, epoch) ?? this.paths.epoch(epoch);
    this.#epochBytesBefore = this.#epochBytes;
    this.#epochBytes = 0;
  }
}
