import { randomUUID } from 'node:crypto';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NewMemory } from '../../src/core/memory/memory.ts';
import { TITLE_WEIGHT } from '../../src/core/memory/search/bm25.ts';
import type { MemoryEngine } from './memoryEngine.ts';

const DURABLE = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
`;

const SCHEMA = `
  CREATE TABLE memories (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, tier TEXT NOT NULL, tags TEXT NOT NULL,
    source TEXT, content TEXT, blob TEXT, size INTEGER NOT NULL, version INTEGER NOT NULL, change TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_commit INTEGER NOT NULL, archived_at INTEGER
  );
  CREATE INDEX memories_by_update ON memories (updated_commit, row) WHERE archived_at IS NULL;
  CREATE INDEX memories_by_title ON memories (title COLLATE NOCASE, row) WHERE archived_at IS NULL;
  CREATE TABLE memory_tags (memory INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (tag, memory)) WITHOUT ROWID;
  CREATE INDEX memory_tags_by_memory ON memory_tags (memory);
  CREATE VIRTUAL TABLE memories_fts USING fts5 (
    title, content, content = 'memories', content_rowid = 'row', tokenize = 'porter unicode61'
  );
  INSERT INTO memories_fts (memories_fts, rank) VALUES ('rank', 'bm25(${TITLE_WEIGHT}, 1)');
`;

const SUMMARY =
  'm.row, m.id, m.title, m.tags, m.tier, m.version, m.size, m.source, m.created_at, m.updated_at, m.archived_at';

/** The yardstick: SQLite as Node has it, in native code, with the same columns and every commit synced. */
export class NodeSqliteMemories implements MemoryEngine {
  readonly #database: DatabaseSync;
  readonly #statements;
  #commit: number;

  /** Opens the database in `directory`, made when there is none. */
  constructor(directory: string) {
    this.#database = new DatabaseSync(path.join(directory, 'memories.db'));
    this.#database.exec(DURABLE);
    const isNew = this.#database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (isNew) this.#database.exec(SCHEMA);
    this.#statements = prepare(this.#database);
    this.#commit = Number(this.#statements.newest.get()?.['newest'] ?? 0);
  }

  /** Rows only: `indexAll` fills the search index, and no create is charged for it. */
  create(memories: readonly NewMemory[]): readonly string[] {
    this.#commit += 1;
    this.#statements.begin.run();
    const ids = memories.map((memory) => this.#insert(memory));
    this.#statements.commit.run();
    return ids;
  }

  /** Makes the search index of what is there, in its most compact form. */
  indexAll(): void {
    for (const command of ['rebuild', 'optimize']) {
      this.#database.prepare('INSERT INTO memories_fts (memories_fts) VALUES (?)').run(command);
    }
  }

  read(id: string): string | undefined {
    const row = this.#statements.read.get(id);
    if (row === undefined) return undefined;
    JSON.parse(String(row['tags']));
    return String(row['content']);
  }

  list(limit: number): number {
    const rows = this.#statements.list.all(limit + 1).slice(0, limit);
    for (const row of rows) JSON.parse(String(row['tags']));
    this.#statements.count.get();
    return rows.length;
  }

  search(query: string, limit: number): readonly string[] {
    const rows = this.#statements.search.all(query.split(' ').join(' OR '), limit);
    for (const row of rows) JSON.parse(String(row['tags']));
    return rows.map((row) => String(row['id']));
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #insert({ title, content, tags = [], tier = 'long_term' }: NewMemory): string {
    const id = randomUUID();
    const now = Date.now();
    const size = Buffer.byteLength(content);
    const { lastInsertRowid: row } = this.#statements.insert.run(
      id,
      title,
      tier,
      JSON.stringify(tags),
      null,
      content,
      null,
      size,
      now,
      now,
      this.#commit,
    );
    for (const tag of tags) this.#statements.tag.run(row, tag);
    return id;
  }
}

function prepare(database: DatabaseSync) {
  return {
    newest: database.prepare('SELECT max(updated_commit) AS newest FROM memories WHERE archived_at IS NULL'),
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    insert: database.prepare(
      `INSERT INTO memories (id, title, tier, tags, source, content, blob, size, version, change, created_at, updated_at, updated_commit)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 'created', ?, ?, ?)`,
    ),
    tag: database.prepare('INSERT INTO memory_tags (memory, tag) VALUES (?, ?)'),
    read: database.prepare(`SELECT ${SUMMARY}, m.content, m.blob FROM memories m WHERE m.id = ?`),
    list: database.prepare(
      `SELECT ${SUMMARY} FROM memories m WHERE m.archived_at IS NULL ORDER BY m.updated_commit DESC, m.row DESC LIMIT ?`,
    ),
    count: database.prepare('SELECT count(*) AS total FROM memories m WHERE m.archived_at IS NULL'),
    search: database.prepare(
      `SELECT ${SUMMARY}, f.rank, snippet(memories_fts, 1, '', '', '...', 32) AS snippet
       FROM memories_fts f JOIN memories m ON m.row = f.rowid WHERE memories_fts MATCH ? ORDER BY f.rank LIMIT ?`,
    ),
  };
}
