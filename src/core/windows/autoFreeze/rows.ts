import type { SqlValue } from '../../log/commit.ts';
import { readPage } from '../../store/page.ts';
import { number, optional, text } from '../../store/row.ts';
import type { Row, SqlReader } from '../../store/sqlView.ts';
import type { Transaction } from '../../store/transaction.ts';
import { LAST_CHANGED, sessionSummaryOf, SESSION_COLUMNS } from '../sessionRows.ts';
import type { FrozenWindow } from '../window.ts';
import type { AutomaticWindow, Failure, SessionFacts } from './facts.ts';

/** Gives the longest prompt and answer that a model takes on a server; null when that is not known. */
export type LengthOf = (model: string | null, endpoint: string | null) => number | null;

/** Which sessions may be frozen: all that are active, or some. */
export type Due = 'active' | { readonly ids: readonly string[] };

/** What decisions on sessions look at, the last used first. */
export function sessionFactsIn(view: SqlReader, due: Due, lengthOf: LengthOf): SessionFacts[] {
  const [where, ...parameters] = conditionOf(due);
  return select(view, where, parameters).map((row) => factsOf(row, lengthOf));
}

export interface FactsQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface FactsPage {
  /** The last used first. */
  readonly facts: readonly SessionFacts[];
  /** The active ones that were used later than all of these: what is kept of these depends on them and on no others. */
  readonly usedLater: readonly SessionFacts[];
  /** How many sessions there are. */
  readonly total: number;
  readonly nextCursor?: string;
}

/** The same of all sessions, page by page. @throws PF-1001 when the cursor belongs to another list. */
export function sessionFactsPage(
  view: SqlReader,
  { limit, cursor }: FactsQuery,
  lengthOf: LengthOf,
): FactsPage {
  const where = { sql: '1', parameters: [] };
  const request = {
    select: FACT_COLUMNS,
    from: WITH_FAILURE,
    where,
    sort: LAST_CHANGED,
    order: 'desc',
    limit,
    cursor,
  } as const;
  const { rows, ...page } = readPage(view, request);
  const [first] = rows;
  const later = first === undefined ? [] : select(view, USED_LATER, LAST_CHANGED.keysOf(first));
  return {
    facts: rows.map((row) => factsOf(row, lengthOf)),
    usedLater: later.map((row) => factsOf(row, lengthOf)),
    ...page,
  };
}

const USED_LATER = `s.state = 'active' AND (${LAST_CHANGED.columns.join(', ')}) > (?, ?)`;

/** Whether there is any of them whose fill depends on what a server says. */
export function hasTokensToCompare(view: SqlReader, due: Due): boolean {
  const [where, ...parameters] = conditionOf(due);
  const wanted = `${where} AND s.state = 'active' AND s.token_count IS NOT NULL`;
  return view.first(`SELECT 1 FROM sessions s WHERE ${wanted} LIMIT 1`, parameters) !== undefined;
}

function conditionOf(due: Due): [sql: string, ...parameters: string[]] {
  if (due === 'active') return ["s.state = 'active'"];
  return ['s.id IN (SELECT value FROM json_each(?))', JSON.stringify(due.ids)];
}

function select(view: SqlReader, where: string, parameters: readonly SqlValue[]): Row[] {
  const by = LAST_CHANGED.columns.map((column) => `${column} DESC`).join(', ');
  return view.all(`SELECT ${FACT_COLUMNS} FROM ${WITH_FAILURE} WHERE ${where} ORDER BY ${by}`, parameters);
}

const FACT_COLUMNS = `${SESSION_COLUMNS}, s.turn_count, f.failures, f.sentence, f.at AS failed_at,
    CASE WHEN s.released_from IS NULL THEN (SELECT max(a.turn) FROM auto_freezes a WHERE a.session = s.id)
      ELSE s.turn_count END AS frozen_turn,
    (SELECT max(a.at) FROM auto_freezes a WHERE a.session = s.id) AS frozen_at,
    (SELECT w.frozen_at FROM windows w WHERE w.id = s.thawed_from) AS source_frozen_at`;
const WITH_FAILURE = 'sessions s LEFT JOIN auto_freeze_failures f ON f.session = s.id';

function factsOf(row: Row, lengthOf: LengthOf): SessionFacts {
  const { id, title, state, model, endpoint, messageCount, tokenCount, updatedAt } = sessionSummaryOf(row);
  return {
    id,
    title,
    state,
    model,
    endpoint,
    messageCount,
    turnCount: number(row, 'turn_count'),
    tokenCount,
    maxModelLen: tokenCount === null ? null : lengthOf(model, endpoint),
    usedAt: updatedAt,
    usedCommit: number(row, 'updated_commit'),
    frozenAt: optional(number, row, 'frozen_at') ?? optional(number, row, 'source_frozen_at') ?? null,
    frozenTurns: optional(number, row, 'frozen_turn') ?? null,
    failure: failureOf(row),
  };
}

function failureOf(row: Row): Failure | null {
  if (row['failures'] === null) return null;
  return {
    failures: number(row, 'failures'),
    sentence: text(row, 'sentence'),
    at: number(row, 'failed_at'),
  };
}

/**
 * Whether a window `w` that was frozen by itself, as `a` says, is nobody's yet: one that a person has renamed, described,
 * tagged, thawed, cloned or brought back (see `unarchiveWindows`), or asked for before a stop of the server, is theirs, is
 * not counted, and is never archived or deleted by itself.
 */
const IS_NOBODYS = `w.name = a.name AND w.description IS NULL AND w.tags = '[]' AND w.thaw_count = 0
  AND NOT EXISTS (SELECT 1 FROM sessions t WHERE t.thawed_from = w.id)
  AND NOT EXISTS (SELECT 1 FROM windows c WHERE c.parent_id = w.id)`;

/** The windows that were frozen by themselves, are in the list, and are nobody's yet. */
export function automaticWindowsIn(view: SqlReader): AutomaticWindow[] {
  const rows = view.all(
    `SELECT a.window, a.session, a.used_commit FROM auto_freezes a CROSS JOIN windows w ON w.id = a.window
     WHERE a.archived_at IS NULL AND w.archived_at IS NULL AND ${IS_NOBODYS}`,
  );
  return rows.map((row) => ({
    id: text(row, 'window'),
    sessionId: text(row, 'session'),
    usedCommit: number(row, 'used_commit'),
  }));
}

/** When a session was last frozen by itself, not after that time; undefined when none was. */
export function lastFrozenBefore(view: SqlReader, time: number): number | undefined {
  const row = view.first('SELECT max(at) AS at FROM auto_freezes WHERE at <= ?', [time]);
  return row === undefined ? undefined : optional(number, row, 'at');
}

/** The ids of windows that were archived by themselves before that time and are nobody's yet, the first of them first. */
export function archivedBefore(view: SqlReader, time: number, limit: number): string[] {
  const rows = view.all(
    `SELECT a.window FROM auto_freezes a CROSS JOIN windows w ON w.id = a.window
     WHERE a.archived_at < ? AND ${IS_NOBODYS} ORDER BY a.archived_at, a.window LIMIT ?`,
    [time, limit],
  );
  return rows.map((row) => text(row, 'window'));
}

interface Noted extends Pick<SessionFacts, 'turnCount' | 'usedCommit'> {
  /** Whether a person asked for it: their windows are noted without a name, as `unarchiveWindows` does. */
  readonly askedFor: boolean;
}

/** Notes that a window was frozen by itself; what failed before is over with it. */
export function insertAutomatic(
  tx: Transaction,
  { id, name, sessionId, frozenAt }: FrozenWindow,
  { turnCount, usedCommit, askedFor }: Noted,
): void {
  tx.run(
    'INSERT INTO auto_freezes (window, session, turn, used_commit, name, at) VALUES (?, ?, ?, ?, ?, ?)',
    [id, sessionId, turnCount, usedCommit, askedFor ? '' : name, frozenAt],
  );
  // A deleted window's note was kept for what the new one says now.
  tx.run(
    `DELETE FROM auto_freezes WHERE session = ? AND NOT EXISTS (SELECT 1 FROM windows w WHERE w.id = auto_freezes.window)
       AND window <> ?`,
    [sessionId, id],
  );
  tx.run('DELETE FROM auto_freeze_failures WHERE session = ?', [sessionId]);
}

/** Takes windows out of the list. Nobody is frozen as one of them, so no session is let go by it. */
export function archiveAutomatic(tx: Transaction, windows: readonly AutomaticWindow[], at: number): void {
  for (const { id } of windows) {
    tx.run('UPDATE windows SET archived_at = ? WHERE id = ?', [at, id]);
    tx.run('UPDATE auto_freezes SET archived_at = ? WHERE window = ?', [at, id]);
  }
}

/** Notes one more failure of a session. */
export function insertFailure(tx: Transaction, session: string, sentence: string, at: number): void {
  tx.run(
    `INSERT INTO auto_freeze_failures (session, failures, sentence, at) VALUES (?, 1, ?, ?)
     ON CONFLICT (session) DO UPDATE SET failures = failures + 1, sentence = excluded.sentence, at = excluded.at`,
    [session, sentence, at],
  );
}
