import { internal } from '../errors.ts';
import type { SqlValue, Statement } from '../log/commit.ts';
import type { Row, SqlReader, SqlView } from './sqlView.ts';

/**
 * A transaction that is being made: its statements run on the view at once and are collected for the log.
 * They must be deterministic, since every other view runs them too: no `random()`, no `datetime('now')`.
 */
export class Transaction implements SqlReader {
  /** The number that this transaction will have in the log. */
  readonly commit: number;
  readonly #view: SqlView;
  readonly #statements: Statement[] = [];

  constructor(view: SqlView, commit: number) {
    this.#view = view;
    this.commit = commit;
  }

  get statements(): readonly Statement[] {
    return this.#statements;
  }

  all(sql: string, parameters: readonly SqlValue[] = []): Row[] {
    return this.#view.all(sql, parameters);
  }

  first(sql: string, parameters: readonly SqlValue[] = []): Row | undefined {
    return this.#view.first(sql, parameters);
  }

  run(sql: string, parameters: readonly SqlValue[] = []): void {
    // The log is JSON, which would turn these into NULL for everybody else.
    if (parameters.some((value) => typeof value === 'number' && !Number.isFinite(value))) {
      throw internal(`a parameter of "${sql}" is not a finite number`);
    }
    this.#view.run(sql, parameters);
    this.#statements.push({ sql, parameters });
  }
}
