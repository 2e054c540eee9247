import initSqlJs, { type Database, type Statement as PreparedStatement } from 'sql.js';
import type { SqlValue } from '../log/commit.ts';
import { InMemory, SIZE } from './inMemory.ts';

export type Row = Readonly<Record<string, SqlValue>>;

/** What may be asked of a view without changing it. */
export interface SqlReader {
  /** All rows of a query. */
  all(sql: string, parameters?: readonly SqlValue[]): Row[];
  /** The first row of a query, if there is one. */
  first(sql: string, parameters?: readonly SqlValue[]): Row | undefined;
}

export type RowListener = (table: string, row: number) => void;

/** SQLite compiled to WebAssembly, loaded once a process. */
export interface SqlEngine {
  /**
   * An empty database, or the one in `file` (the bytes of a SQLite file). An empty one is in SQLite's own memory: batches
   * into it take less time. What is in a file stays in one, since moving it takes longer than all else of opening it, unless
   * there is room that would be of no use to anything else: see `InMemory`.
   */
  open(file?: Uint8Array): SqlView;
}

/**
 * Loads SQLite. V8 compiles it in other threads from the moment of this call, while the caller may do other things.
 * @param wasm sql.js's `sql-wasm.wasm`
 */
export async function loadSqlEngine(wasm: Uint8Array): Promise<SqlEngine> {
  const module = await WebAssembly.compile(new Uint8Array(wasm));
  const sqlite = await initSqlJs({
    instantiateWasm: (imports, receive) => receive(new WebAssembly.Instance(module, imports)),
  });
  const inMemory = new InMemory(sqlite);
  const databaseOf = (file?: Uint8Array): Database => {
    if (file === undefined) return inMemory.open();
    return inMemory.hasRoomFor(file.length) ? inMemory.copyOf(file) : new sqlite.Database(file);
  };
  return { open: (file) => new SqlView(databaseOf(file), (database) => inMemory.close(database)) };
}

interface Prepared {
  readonly statement: PreparedStatement;
  readonly columns: readonly string[];
  /** For each parameter, whether the statement casts it. */
  readonly casts: readonly boolean[];
}

/**
 * There is no disk and no second connection: for a database in a file, a rollback journal in SQLite's own memory and a lock
 * that is kept spare each transaction some thirty calls out of WebAssembly, and what each of them costs. So does a cache (in
 * KiB) that holds the pages which a batch changes: with SQLite's own 2 MB they are written out and read in again within it.
 */
const ONE_CONNECTION =
  'PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8000';

const LITERAL = /'[^']*'/g;
const PARAMETER = /(CAST\()?\?/g;

/** One SQLite database in memory, with its prepared statements kept. */
export class SqlView implements SqlReader {
  readonly #database: Database;
  readonly #close: (database: Database) => void;
  readonly #prepared = new Map<string, Prepared>();
  /** Who is to be told of changed rows, until SQLite tells them. */
  #listener: RowListener | undefined;

  /** @param close closes the database */
  constructor(database: Database, close: (database: Database) => void) {
    this.#database = database;
    this.#close = close;
    database.run(ONE_CONNECTION);
  }

  all(sql: string, parameters: readonly SqlValue[] = []): Row[] {
    return this.#using(sql, parameters, (prepared) => {
      const rows: Row[] = [];
      while (prepared.statement.step()) rows.push(currentRow(prepared));
      return rows;
    });
  }

  first(sql: string, parameters: readonly SqlValue[] = []): Row | undefined {
    return this.#using(sql, parameters, (prepared) =>
      prepared.statement.step() ? currentRow(prepared) : undefined,
    );
  }

  run(sql: string, parameters: readonly SqlValue[] = []): void {
    this.#listen();
    this.#using(sql, parameters, ({ statement }) => statement.step());
  }

  /** Takes back what was begun. After some failures (no memory, for one) SQLite has done so itself. */
  rollBack(): void {
    try {
      this.run('ROLLBACK');
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.includes('no transaction is active'))) throw cause;
    }
  }

  /** Bytes of the SQLite file that `export` would give now. */
  get size(): number {
    return Number(this.first(SIZE)?.['size']);
  }

  /** Tells `listener` of each row that what is `run` from now on inserts, updates or deletes, rolled back or not. */
  onRowChange(listener: RowListener): void {
    this.#listener = listener;
  }

  /** The database as a SQLite file. */
  export(): Uint8Array {
    return this.#database.export();
  }

  close(): void {
    this.#prepared.clear();
    this.#close(this.#database);
  }

  /** Only now, since sql.js compiles code for it, which takes longer than a search: who changes nothing need not wait. */
  #listen(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#database.updateHook((_operation, _database, table, row) => listener(table, row));
    this.#listener = undefined;
  }

  #using<T>(sql: string, parameters: readonly SqlValue[], work: (prepared: Prepared) => T): T {
    const prepared = this.#prepare(sql);
    try {
      prepared.statement.bind(parameters.map((value, at) => bindable(value, prepared.casts[at])));
      return work(prepared);
    } finally {
      prepared.statement.reset();
    }
  }

  #prepare(sql: string): Prepared {
    const kept = this.#prepared.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#database.prepare(sql);
    const casts = [...sql.replace(LITERAL, '').matchAll(PARAMETER)].map(([, cast]) => cast !== undefined);
    const prepared = { statement, columns: statement.getColumnNames(), casts };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

/**
 * sql.js binds text by way of an array of numbers, one a character: for a memory's content that takes longer than
 * SQLite does to insert it. Bytes are copied at once, and `CAST(? AS TEXT)` makes the same text of them.
 */
function bindable(value: SqlValue, isCast = false): SqlValue {
  return isCast && typeof value === 'string' ? Buffer.from(value) : value;
}

/** sql.js's own `getAsObject` asks WebAssembly for the names of the columns again for every row. */
function currentRow({ statement, columns }: Prepared): Row {
  const values = statement.get();
  const row: Record<string, SqlValue> = {};
  for (const [at, column] of columns.entries()) row[column] = values[at] ?? null;
  return row;
}
