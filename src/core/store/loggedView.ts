import { newerFormat, type PermafrostError } from '../errors.ts';
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
  #sql: SqlView;
  #isLoaded = false;
  #newer: PermafrostError | undefined;

  /** @param knownSchema the newest version of the schema that this build can work with */
  constructor(log: DirectoryLog, engine: SqlEngine, knownSchema: number) {
    this.#log = log;
    this.#engine = engine;
    this.#knownSchema = knownSchema;
    this.#sql = engine.open();
  }

  get sql(): SqlView {
    return this.#sql;
  }

  /** Whether it holds the rows: not before the first `catchUp`, nor after `release`. */
  get isLoaded(): boolean {
    return this.#isLoaded;
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
    this.#isLoaded = false;
    this.#load();
  }

  close(): void {
    this.#isLoaded = false;
    this.changes.close();
    this.#sql.close();
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
      this.orForget(() => this.#failures.push(...applyCommits(this.#sql, commits)));
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
    this.#load(this.#log.rewind()?.database);
    this.#isLoaded = true;
    this.#failures.length = 0;
    this.#newer = undefined;
    this.#isNewer(schemaOf(this.#sql));
  }

  #load(database?: Uint8Array): void {
    this.#sql.close();
    this.#sql = this.#engine.open(database);
    this.#sql.onRowChange(this.changes.add);
    this.changes.reset();
  }
}

const END: LogStep = { kind: 'end' };
