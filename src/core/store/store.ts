import { Blobs } from '../log/blobs.ts';
import type { LogProblem } from '../log/commitLog.ts';
import { DirectoryLog } from '../log/directoryLog.ts';
import { nodeFiles, sweepTemporary, usable, type FileOps } from '../log/files.ts';
import { readIdentity, type ContextIdentity } from '../log/identity.ts';
import {
  asPermafrostError,
  contextDamaged,
  contextGone,
  errnoOf,
  hasCode,
  PermafrostError,
  writeFailed,
} from '../errors.ts';
import type { Soon } from '../soon.ts';
import { AT_REST, checkpointIsDue, WHILE_WRITING, type CheckpointBound } from './checkpoint.ts';
import { LoggedView } from './loggedView.ts';
import { rehearse, schemaOf, type Migration } from './migrate.ts';
import { migrations } from './schema.ts';
import type { RowListener, SqlEngine, SqlReader } from './sqlView.ts';
import { Transaction } from './transaction.ts';

export interface StoreOptions {
  readonly engine: SqlEngine;
  readonly now: () => number;
  /** Asks for the missing snapshot of the context in `directory`, away from the calling thread. */
  readonly requestSnapshot: (directory: string) => void;
  readonly files?: FileOps;
  /** When what is made for commits to come is made; `soonUnheld` unless another is given. */
  readonly soon?: Soon;
  /** What takes the schema from each version to the next; those of this build unless others are given. */
  readonly migrations?: readonly Migration[];
}

/** A damaged log can have thousands of problems; as many as these are told to whoever wants to write. */
const PROBLEMS_NAMED = 5;

/** How often a damaged log is looked at again before a write is refused, or a read: somebody may have put a file back. */
const LOOK_AGAIN_MS = { write: 5_000, read: 60_000 };

/** Something derived from the rows that has to know which of them changed. */
export interface RowFollower {
  readonly rowChanged: RowListener;
  /** All rows may be different: the view was loaded anew, and `kept` may have something else to begin from. */
  reset(): void;
}

/**
 * One context: its log, and the SQL view of it that this process holds. Everything is synchronous, so a
 * reader in this process never meets half a transaction; other processes are met at every call.
 */
export class Store {
  readonly identity: ContextIdentity;
  readonly blobs: Blobs;
  readonly #log: DirectoryLog;
  readonly #options: StoreOptions;
  readonly #view: LoggedView;
  /** Why the schema is not that of this build. */
  #unmigrated: PermafrostError | undefined;
  /** Whether nothing could be written when the schema was to be brought up to that of this build. */
  #owesMigration = false;
  #changing = false;
  #reading = false;
  #uses = 0;
  #checkpointFailure: unknown;
  #lookedAgainAt = -Infinity;

  /**
   * Opens the context that was made in `directory`.
   * @throws PF-4002 to PF-4008 when it is not there, not readable, damaged as a whole, or newer.
   */
  static open(directory: string, options: StoreOptions): Store {
    return usable(directory, () => Store.#open(directory, options, options.files ?? nodeFiles));
  }

  static #open(directory: string, options: StoreOptions, files: FileOps): Store {
    const identity = readIdentity(files, directory);
    if (identity === undefined) throw contextGone(directory);
    const store = new Store(directory, identity, options, files);
    try {
      store.#begin(files);
      return store;
    } catch (cause) {
      store.close();
      throw cause;
    }
  }

  #begin(files: FileOps): void {
    this.#catchUp();
    this.#lookedAgainAt = this.#options.now();
    this.#migrate();
    sweepTemporary(files, this.#log.paths.temporary, this.#options.now());
    if (this.#log.lacksSnapshot) this.#options.requestSnapshot(this.directory);
    this.#rest();
  }

  private constructor(directory: string, identity: ContextIdentity, options: StoreOptions, files: FileOps) {
    this.identity = identity;
    this.#options = options;
    this.#log = new DirectoryLog(directory, identity.id, files, options.soon);
    this.blobs = new Blobs(this.#log.paths.blobs, this.#log.paths.temporary, files);
    this.#view = new LoggedView(this.#log, options.engine, this.#migrations.length);
  }

  get directory(): string {
    return this.#log.paths.root;
  }

  /** The number of the last commit that this process has seen. */
  get position(): number {
    return this.#log.position;
  }

  /** Whether `write` is at work: what is read now may never be committed. */
  get isWriting(): boolean {
    return this.#changing;
  }

  /** How often the view was read or written: a store whose count stays the same is not used. */
  get uses(): number {
    return this.#uses;
  }

  /** Another value whenever what this process has seen of the context is another. */
  get state(): string {
    return `${this.position} ${this.problems.length}`;
  }

  /**
   * Looks for news, for those who wait for it, and gives the state. That is no use of the store: a view that was let go
   * is not loaded for it, and its state then only says whether there is any news.
   */
  look(): string {
    if (this.#view.isLoaded) this.#catchUp();
    else if (usable(this.directory, () => this.#log.hasNews)) return `${this.state} and more`;
    return this.state;
  }

  /** Damaged files of the log, and commits that could not be applied. Any makes the context read-only. */
  get problems(): readonly LogProblem[] {
    return [...this.#log.problems, ...this.#view.failures];
  }

  /**
   * Reads the log anew, from its newest snapshot on, and gives what is wrong with it now, also with what this process has
   * read before. What was put back is taken in. Takes half a second at 100,000 memories.
   * @throws PF-4xxx when there is nothing to read from any more
   */
  verify(): readonly LogProblem[] {
    if (this.problems.length === 0) return usable(this.directory, () => this.#log.problemsNow());
    this.#lookedAgainAt = -Infinity;
    this.#refresh();
    return this.problems;
  }

  /** Snapshots that are damaged and were done without: nothing is lost, and they are made again. */
  get damagedSnapshots(): readonly LogProblem[] {
    return this.#log.damagedSnapshots;
  }

  /** Why nothing can be written, if so: the log is damaged, or written by a newer version. */
  get refusesWrites(): PermafrostError | undefined {
    const tooOld = this.#view.newer ?? this.#log.newerSnapshot ?? this.#unmigrated;
    if (tooOld !== undefined) return tooOld;
    const { problems } = this;
    if (problems.length === 0) return undefined;
    const named = problems.slice(0, PROBLEMS_NAMED).map(({ path, what }) => `${path}: ${what}`);
    return contextDamaged(problems.length > named.length ? [...named, `${problems.length} in all`] : named);
  }

  /** Why the last checkpoint could not be made, if so. Nothing is lost; opening the context takes longer. */
  get checkpointFailure(): unknown {
    return this.#checkpointFailure;
  }

  /** Tries to write to the directory; gives what stands in the way, if anything does. */
  whyUnwritable(): PermafrostError | undefined {
    return this.#log.whyUnwritable();
  }

  /**
   * Asks the view, after every commit that any process acknowledged before this call. All that a query reads, by further
   * calls too, is from one state, as long as it does not write.
   */
  read<T>(query: (view: SqlReader) => T): T {
    this.#uses += 1;
    if (this.#reading) return query(this.#view.sql);
    this.#refresh();
    this.#reading = true;
    try {
      return query(this.#view.sql);
    } catch (cause) {
      throw this.#isOfOldSchema ? (this.refusesWrites ?? cause) : cause;
    } finally {
      this.#reading = false;
    }
  }

  /**
   * Runs `change` on the view and makes what it did one commit, on disk when this returns. When another
   * process committed first, that is applied and `change` runs again: it must have no other effect.
   * @throws what `change` throws, or PF-4xxx; then nothing is changed.
   */
  write<T>(change: (tx: Transaction) => T): T {
    this.#uses += 1;
    this.#mend('write', this.#owesMigration || this.#unmigrated?.facts.retryable === true);
    for (let before = -1; ; before = this.#log.position) {
      this.#catchUp();
      const refused = this.refusesWrites;
      if (refused !== undefined) throw refused;
      // Without this, a file that can be neither read nor replaced would keep this thread here for ever.
      if (this.position === before) throw writeFailed(this.directory, `commit ${before + 1} is in the way`);
      const attempt = this.#attempt(change);
      if (attempt.done) {
        this.#checkpointIfDue(WHILE_WRITING);
        return attempt.result;
      }
    }
  }

  /**
   * Tells `follower` of each row that changed since the snapshot which the view was loaded from, and from now on of
   * each further one, until the returned function is called.
   */
  follow(follower: RowFollower): () => void {
    return this.#view.changes.follow(follower);
  }

  /** What the snapshot which the view was loaded from keeps under `name` beside the database, if it does. */
  kept(name: string): Uint8Array | undefined {
    const kept = usable(this.directory, () => this.#log.keptView(name));
    // It is damaged, or there is none: a snapshot that has it is better made now than at the next checkpoint.
    if (kept === undefined && this.#log.lacksSnapshot) this.#options.requestSnapshot(this.directory);
    return kept;
  }

  /** Lets go of the view, and has followers let go of what they made of it: the next read or write loads it again. */
  release(): void {
    // What this build is too old for, it could not load again; nor, for sure, all that it read of what is damaged.
    if (!this.#view.isLoaded || this.#view.newer !== undefined || this.problems.length > 0) return;
    this.#rest();
    this.#log.removeSpares();
    this.#view.release();
  }

  /** Ends the use of the context by this process. What is acknowledged is on disk already. */
  close(): void {
    try {
      if (this.#view.isLoaded) this.#rest();
    } finally {
      this.#log.removeSpares();
      this.#view.close();
    }
  }

  #attempt<T>(change: (tx: Transaction) => T): { done: true; result: T } | { done: false } {
    const tx = new Transaction(this.#view.sql, this.#log.position + 1);
    this.#view.sql.run('BEGIN');
    this.#changing = true;
    let committed = false;
    try {
      const result = change(tx);
      if (!this.#append(tx)) return { done: false };
      committed = this.#takeIn();
      return { done: true, result };
    } catch (cause) {
      if (cause instanceof PermafrostError || errnoOf(cause) === undefined) throw cause;
      throw writeFailed(this.directory, cause);
    } finally {
      this.#changing = false;
      if (!committed) this.#view.sql.rollBack();
    }
  }

  /** The log has the commit, so it is done: a view that cannot take it in is loaded anew. */
  #takeIn(): boolean {
    try {
      this.#view.sql.run('COMMIT');
      return true;
    } catch {
      this.#log.leave();
      return false;
    }
  }

  get #migrations(): readonly Migration[] {
    return this.#options.migrations ?? migrations;
  }

  #append(tx: Transaction): boolean {
    if (tx.statements.length === 0) {
      // Whoever is told that there was nothing to change relies on the commits that it was already so after.
      this.#log.makeDurable();
      return true;
    }
    const at = new Date(this.#options.now()).toISOString();
    return this.#log.tryAppend({ at, schema: schemaOf(this.#view.sql), statements: tx.statements });
  }

  /** Brings the view up to what is to be read now. */
  #refresh(): void {
    this.#mend('read', this.#owesMigration);
    this.#catchUp();
  }

  #catchUp(): void {
    // A transaction stays on the state it was begun on; whether that is still the newest, appending it tells.
    if (!this.#changing) usable(this.directory, () => this.#view.catchUp());
  }

  /** A damaged log may have been mended since: then what was refused is done. */
  #mend(before: keyof typeof LOOK_AGAIN_MS, migrating: boolean): void {
    if (this.#changing) return;
    this.#lookAgain(before);
    if (!migrating) return;
    this.#catchUp();
    this.#migrate();
  }

  #lookAgain(before: keyof typeof LOOK_AGAIN_MS): void {
    // One that is not loaded is read anyway, and what this build is too old for stays as it is.
    if (this.problems.length === 0 || !this.#view.isLoaded || this.#view.newer !== undefined) return;
    const now = this.#options.now();
    if (Math.abs(now - this.#lookedAgainAt) < LOOK_AGAIN_MS[before]) return;
    this.#lookedAgainAt = now;
    this.#catchUp();
    if (this.#wouldShowMore()) this.#log.leave();
  }

  /** Looks whether loading the view anew is of use. What was read of a log that got worse since is kept. */
  #wouldShowMore(): boolean {
    try {
      const { gained, fewerProblems } = usable(this.directory, () => this.#log.lookAgain());
      // Commits that could not be applied are for a newly loaded view to try again.
      return gained > 0 || (gained === 0 && (fewerProblems || this.#view.failures.length > 0));
    } catch (cause) {
      if (!hasCode(cause, 'PF-4')) throw cause;
      // That the context is gone, loading it says. What cannot be read now was read before.
      return cause.code === 'PF-4008';
    }
  }

  /** Whether what a query asks for may not be there yet. */
  get #isOfOldSchema(): boolean {
    return this.#view.isLoaded && schemaOf(this.#view.sql) < this.#migrations.length;
  }

  /** Brings the schema up to that of this build. When that fails, what was there before can still be read. */
  #migrate(): void {
    this.#unmigrated = undefined;
    this.#owesMigration = this.refusesWrites !== undefined;
    if (this.#owesMigration) return;
    try {
      rehearse(this.#view.sql, this.#migrations, this.directory);
      while (schemaOf(this.#view.sql) < this.#migrations.length && this.refusesWrites === undefined)
        this.#takeStep();
    } catch (cause) {
      // The log may have been damaged meanwhile.
      this.#owesMigration = this.problems.length > 0;
      this.#unmigrated = this.#owesMigration ? undefined : asPermafrostError(cause);
      // A context without tables cannot be read either.
      if (!this.#view.isLoaded || schemaOf(this.#view.sql) === 0 || !(cause instanceof PermafrostError))
        throw cause;
    }
  }

  /**
   * One commit a step, so that every view takes the same steps, and any process goes on where another one ended. A new
   * context, in which nothing can be lost, takes all of them in its first.
   */
  #takeStep(): void {
    const to = this.#migrations.length;
    this.write((tx) => {
      const from = schemaOf(tx);
      if (from > 0 && from < to) this.#log.keepRollbackPoint({ from, to });
      const steps = from === 0 ? this.#migrations : this.#migrations.slice(from, from + 1);
      for (const sql of steps.flat()) tx.run(sql);
    });
  }

  /** In a moment when nobody waits: spares whoever opens the context next what there would be to replay. */
  #rest(): void {
    if (this.refusesWrites === undefined) this.#checkpointIfDue(AT_REST);
  }

  /** A checkpoint that fails costs nothing but a longer log, so the write that was acknowledged stands. */
  #checkpointIfDue(bound: CheckpointBound): void {
    if (!checkpointIsDue(bound, this.#log.epochBytes, () => this.#view.sql.size)) return;
    try {
      const sealed = this.#log.trySeal(new Date(this.#options.now()).toISOString());
      if (sealed) this.#options.requestSnapshot(this.directory);
      this.#checkpointFailure = undefined;
    } catch (cause) {
      this.#checkpointFailure = cause;
    }
  }
}
