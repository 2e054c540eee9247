import type { Database, SqlJsStatic } from 'sql.js';
import { internal } from '../errors.ts';

declare module 'sql.js' {
  /** Not in its documentation: functions of SQLite that sql.js calls itself, and what they need. */
  interface SqlJsStatic {
    _sqlite3_open: (name: number, database: number) => number;
    readonly _sqlite3_backup_init: (to: number, toName: number, from: number, fromName: number) => number;
    readonly _sqlite3_backup_step: (backup: number, pages: number) => number;
    readonly _sqlite3_backup_finish: (backup: number) => number;
    readonly _free: (pointer: number) => void;
    readonly stringToNewUTF8: (text: string) => number;
  }
}

const ALL_PAGES = -1;

/** Asks for the bytes of the SQLite file that a database would be. */
export const SIZE = 'SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size';

/**
 * Databases that SQLite calls `:memory:`, where sql.js has only files of an emulated file system: each commit copies its
 * pages there, and such a file is copied as a whole whenever it has grown by an eighth. WebAssembly gives no memory back,
 * so what is closed here leaves room that only others of these can take.
 */
export class InMemory {
  readonly #sqlite: SqlJsStatic;
  readonly #open = new Set<Database>();
  /** The most bytes that all had at once. */
  #most = 0;

  constructor(sqlite: SqlJsStatic) {
    this.#sqlite = sqlite;
  }

  /** Whether those that are closed have left so much room. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= this.#most - this.#used;
  }

  /** An empty database. */
  open(): Database {
    const sqlite = this.#sqlite;
    const open = sqlite._sqlite3_open;
    const name = sqlite.stringToNewUTF8(':memory:');
    sqlite._sqlite3_open = (_, database) => open(name, database);
    try {
      // With no bytes, there is a file all the same for `close` to remove.
      const database = new sqlite.Database(new Uint8Array());
      this.#open.add(database);
      return database;
    } finally {
      sqlite._sqlite3_open = open;
      sqlite._free(name);
    }
  }

  /** A database with all that is in `file`. */
  copyOf(file: Uint8Array): Database {
    const source = new this.#sqlite.Database(file);
    try {
      return this.#copy(source);
    } finally {
      source.close();
    }
  }

  #copy(source: Database): Database {
    const sqlite = this.#sqlite;
    const copy = this.open();
    const name = sqlite.stringToNewUTF8('main');
    try {
      const backup = sqlite._sqlite3_backup_init(handleOf(copy), name, handleOf(source), name);
      sqlite._sqlite3_backup_step(backup, ALL_PAGES);
      const failure = sqlite._sqlite3_backup_finish(backup);
      if (failure !== 0) throw new Error(`SQLite could not copy a database into memory: error ${failure}`);
      return copy;
    } catch (cause) {
      this.close(copy);
      throw cause;
    } finally {
      sqlite._free(name);
    }
  }

  /** Closes a database, be it one of these or not. */
  close(database: Database): void {
    try {
      this.#most = Math.max(this.#most, this.#used);
    } finally {
      // Also where there was no memory left to measure with.
      this.#open.delete(database);
      database.close();
    }
  }

  get #used(): number {
    return [...this.#open].reduce((sum, database) => sum + sizeOf(database), 0);
  }
}

function sizeOf(database: Database): number {
  return Number(database.exec(SIZE)[0]?.values[0]?.[0]);
}

function handleOf(database: Database): number {
  if ('db' in database && typeof database.db === 'number') return database.db;
  throw internal('sql.js keeps the handle of a database elsewhere');
}
