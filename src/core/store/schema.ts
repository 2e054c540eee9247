import type { Migration } from './migrate.ts';

/**
 * The tables of a context. Each entry takes the schema one version further; it runs as a commit of the log, so
 * an entry that has shipped never changes. Times are milliseconds since 1970, UTC; the order of things is by
 * commit and row, never by clock.
 */
export const migrations: readonly Migration[] = [
  [
    `CREATE TABLE memories (
       row INTEGER PRIMARY KEY,
       id TEXT NOT NULL UNIQUE,
       title TEXT NOT NULL,
       tier TEXT NOT NULL,
       tags TEXT NOT NULL,
       source TEXT,
       content TEXT,
       blob TEXT,
       size INTEGER NOT NULL,
       version INTEGER NOT NULL,
       change TEXT NOT NULL,
       created_at INTEGER NOT NULL,
       updated_at INTEGER NOT NULL,
       updated_commit INTEGER NOT NULL,
       archived_at INTEGER
     )`,
    'CREATE INDEX memories_by_update ON memories (updated_commit, row) WHERE archived_at IS NULL',
    'CREATE INDEX memories_by_title ON memories (title COLLATE NOCASE, row) WHERE archived_at IS NULL',
    'CREATE TABLE memory_tags (memory INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (tag, memory)) WITHOUT ROWID',
    'CREATE INDEX memory_tags_by_memory ON memory_tags (memory)',
    `CREATE TABLE memory_versions (
       memory INTEGER NOT NULL,
       version INTEGER NOT NULL,
       change TEXT NOT NULL,
       title TEXT NOT NULL,
       tier TEXT NOT NULL,
       tags TEXT NOT NULL,
       content TEXT,
       blob TEXT,
       size INTEGER NOT NULL,
       at INTEGER NOT NULL,
       PRIMARY KEY (memory, version)
     ) WITHOUT ROWID`,
    `CREATE TABLE relations (
       from_id TEXT NOT NULL,
       to_id TEXT NOT NULL,
       type TEXT NOT NULL,
       created_at INTEGER NOT NULL,
       PRIMARY KEY (from_id, to_id, type)
     ) WITHOUT ROWID`,
    'CREATE INDEX relations_by_target ON relations (to_id)',
    `CREATE TABLE anchors (
       memory INTEGER NOT NULL,
       position INTEGER NOT NULL,
       anchor TEXT NOT NULL,
       PRIMARY KEY (memory, position)
     ) WITHOUT ROWID`,
    `CREATE TABLE sessions (
       row INTEGER PRIMARY KEY,
       id TEXT NOT NULL UNIQUE,
       title TEXT NOT NULL,
       state TEXT NOT NULL,
       model TEXT,
       endpoint TEXT,
       salt TEXT NOT NULL,
       template TEXT NOT NULL,
       thawed_from TEXT,
       frozen_as TEXT,
       turn_count INTEGER NOT NULL,
       message_count INTEGER NOT NULL,
       token_count INTEGER,
       created_at INTEGER NOT NULL,
       updated_at INTEGER NOT NULL,
       updated_commit INTEGER NOT NULL
     )`,
    'CREATE INDEX sessions_by_update ON sessions (updated_commit, row)',
    'CREATE INDEX sessions_by_source ON sessions (thawed_from) WHERE thawed_from IS NOT NULL',
    `CREATE TABLE session_turns (
       session INTEGER NOT NULL,
       turn INTEGER NOT NULL,
       messages_kept INTEGER NOT NULL,
       messages NOT NULL,
       tokens_kept INTEGER NOT NULL,
       tokens,
       prompt_tokens INTEGER,
       cached_tokens INTEGER,
       at INTEGER NOT NULL,
       PRIMARY KEY (session, turn)
     ) WITHOUT ROWID`,
    `CREATE TABLE windows (
       row INTEGER PRIMARY KEY,
       id TEXT NOT NULL UNIQUE,
       name TEXT NOT NULL,
       description TEXT,
       tags TEXT NOT NULL,
       kind TEXT NOT NULL,
       session_id TEXT NOT NULL,
       parent_id TEXT,
       model TEXT,
       endpoint TEXT,
       salt TEXT NOT NULL,
       template TEXT NOT NULL,
       messages NOT NULL,
       tokens,
       template_tokens,
       block_hashes,
       server TEXT,
       notes TEXT NOT NULL,
       search TEXT NOT NULL,
       message_count INTEGER NOT NULL,
       token_count INTEGER,
       block_count INTEGER,
       frozen_at INTEGER NOT NULL,
       thawed_at INTEGER,
       thawed_commit INTEGER NOT NULL,
       thaw_count INTEGER NOT NULL,
       archived_at INTEGER
     )`,
    'CREATE INDEX windows_by_name ON windows (name)',
    'CREATE INDEX windows_by_parent ON windows (parent_id) WHERE parent_id IS NOT NULL',
    'PRAGMA user_version = 1',
  ],
  // Auto-freeze: the policy of the context (one row or none), what was frozen by it, and what failed.
  [
    'CREATE TABLE auto_freeze_policy (row INTEGER PRIMARY KEY CHECK (row = 1), policy TEXT NOT NULL)',
    `CREATE TABLE auto_freezes (
       window TEXT PRIMARY KEY,
       session TEXT NOT NULL,
       turn INTEGER NOT NULL,
       used_commit INTEGER NOT NULL,
       name TEXT NOT NULL,
       at INTEGER NOT NULL
     ) WITHOUT ROWID`,
    'CREATE INDEX auto_freezes_by_session ON auto_freezes (session)',
    `CREATE TABLE auto_freeze_failures (
       session TEXT PRIMARY KEY,
       failures INTEGER NOT NULL,
       sentence TEXT NOT NULL,
       at INTEGER NOT NULL
     ) WITHOUT ROWID`,
    'PRAGMA user_version = 2',
  ],
  // Clones: windows that have the content of another one; and what ending old sessions has to find.
  [
    // The row of the window whose content a clone has; null when it has content of its own.
    'ALTER TABLE windows ADD COLUMN content_of INTEGER',
    // The beginning of the conversation as searches read it. Where it is null, `search` has that too.
    'ALTER TABLE windows ADD COLUMN said TEXT',
    'CREATE INDEX windows_by_session ON windows (session_id)',
    'CREATE INDEX sessions_by_state ON sessions (state, updated_at)',
    'PRAGMA user_version = 3',
  ],
  // How a conversation that is met again finds the session that it goes on in: see windows/conversationMatch.ts.
  [
    'ALTER TABLE session_turns ADD COLUMN head TEXT',
    'CREATE INDEX session_turns_by_head ON session_turns (head) WHERE head IS NOT NULL',
    'PRAGMA user_version = 4',
  ],
  // What deleting a window did, so that bringing it back undoes that and nothing else; and what is looked for often.
  [
    // The window that it was frozen as until this was deleted, while nothing else became of the session since.
    'ALTER TABLE sessions ADD COLUMN released_from TEXT',
    'CREATE INDEX sessions_by_window ON sessions (frozen_as) WHERE frozen_as IS NOT NULL',
    'CREATE INDEX sessions_by_salt ON sessions (salt)',
    'CREATE INDEX windows_by_salt ON windows (salt)',
    'CREATE INDEX windows_by_server ON windows (model, endpoint) WHERE server IS NOT NULL',
    // When the window was archived by itself, while nobody has brought it back.
    'ALTER TABLE auto_freezes ADD COLUMN archived_at INTEGER',
    'CREATE INDEX auto_freezes_kept ON auto_freezes (window) WHERE archived_at IS NULL',
    'CREATE INDEX auto_freezes_archived ON auto_freezes (archived_at) WHERE archived_at IS NOT NULL',
    'PRAGMA user_version = 5',
  ],
];
