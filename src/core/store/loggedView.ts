import { internal, newerFormat, type PermafrostError } from '../errors.ts';
import type { Commit, LogProblem, LogStep } from '../log/commitLog.ts';
import type { DirectoryLog } from '../log/directoryLog.ts';
import { FORMAT } from '../log/frame.ts';
import { applyCommits } from './applyCommits.ts';
import { schemaOf } from './migrate.ts';
import { RowChanges } from './rowChanges.ts';
import type { SqlEngine, SqlView } from './sqlView.ts';

/** Statements that are read ahead of applying them: so many commits share a transaction. */
const STATEMENTS_AHEAD = 1_000;

/** The SQL view of a log, as far as this process has read it. */
export class LoggedView {
  readonly changes = new RowChanges();
  readonly #log: DirectoryLog;
  readonly #engine: SqlEngine;
  readonly #knownSchema: number;
  readonly #failures: LogProblem[] = [];
  #sql: SqlView | undefined;
  #isClosed = false;
  #newer: PermafrostError | undefined;

  /** @param knownSchema the newest version of the schema that this build can work with */
  constructor(log: DirectoryLog, engine: SqlEngine, knownSchema: number) {
    this.#log = log;
    this.#engine = engine;
    this.#knownSchema = knownSchema;
  }

  /** The rows, which are there after `catchUp`. */
  get sql(): SqlView {
    if (this.#sql === undefined) throw internal('the rows are asked for before they are loaded');
    return this.#sql;
  }

  /** Whether it holds the rows: not before the first `catchUp`, nor after `release`. */
  get isLoaded(): boolean {
    return this.#sql !== undefined;
  }

  /** Commits that could not be applied. */
  get failures(): readonly LogProblem[] {
    return this.#failures;
  }

  /** What of the log this build is too old for, if anything: the view stays as it was before that. */
  get newer(): PermafrostError | undefined {
    return this.#newer;
  }

  /** Takes in every commit that any process acknowledged before this call. */
  catchUp(): void {
    if (this.#isClosed) throw internal('the context is used after it was closed');
    for (let step = this.#advance(); step.kind !== 'end'; step = this.#advance()) {
      if (step.kind === 'gone') this.orForget(() => this.#reload());
      if (step.kind === 'newer') this.#newer = newerFormat(step.path, step.format, FORMAT);
      if (this.#newer !== undefined) return;
    }
  }

  /** Lets go of the rows, and has followers let go of what they made of them: `catchUp` loads them again. */
  release(): void {
    this.#log.leave();
    this.#newer = undefined;
    this.#unload();
    this.changes.reset();
  }

  close(): void {
    this.#isClosed = true;
    this.changes.close();
    this.#unload();
  }

  /** Applies the commits up to the next step of another kind, or so many that it is time to apply them. */
  #advance(): LogStep {
    const commits: Commit[] = [];
    let statements = 0;
    try {
      for (;;) {
        const step = this.#newer === undefined ? this.#log.next() : END;
        if (step.kind !== 'commit' || this.#isNewer(step.commit.schema)) return step;
        commits.push(step.commit);
        statements += step.commit.statements.length;
        if (statements >= STATEMENTS_AHEAD) return step;
      }
    } finally {
      // Also when reading failed: the log is past them.
      if (commits.length > 0) this.orForget(() => this.#failures.push(...applyCommits(this.sql, commits)));
    }
  }

  /** Should `work` fail, the view may lack what the log is past: then it is loaded anew at the next use. */
  orForget<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      this.#log.leave();
      throw cause;
    }
  }

  #isNewer(schema: number): boolean {
    if (schema <= this.#knownSchema) return false;
    this.#newer = newerFormat(this.#log.paths.root, schema, this.#knownSchema);
    return true;
  }

  #reload(): void {
    const snapshot = this.#log.rewind();
    this.#unload();
    this.#sql = this.#engine.open(snapshot?.database);
    this.#sql.onRowChange(this.changes.add);
    this.changes.reset();
    this.#failures.length = 0;
    this.#newer = undefined;
    this.#isNewer(schemaOf(this.#sql));
  }

  #unload(): void {
    this.#sql?.close();
    this.#sql = undefined;
  }
}

const END: LogStep = { kind: 'end' };
