import * as z from 'zod';
import { sessionNotFound, wrongState } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import type { SortKey } from '../store/page.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { Transaction } from '../store/transaction.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { headOf } from './conversationMatch.ts';
import { keepMessages, keepTokenIds, loadMessages, loadTokenIds } from './kept.ts';
import { Template } from './message.ts';
import {
  mayMove,
  SESSION_STATES,
  type Session,
  type SessionState,
  type SessionSummary,
  type Turn,
} from './session.ts';
import { commonLength } from './tokenIds.ts';

/** A session that is to be written. */
export interface NewSession {
  readonly id: string;
  readonly title: string;
  readonly state: SessionState;
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly salt: string;
  readonly template: Template;
  readonly thawedFrom?: string;
  readonly frozenAs?: string;
}

export function insertSession(tx: Transaction, session: NewSession, at: number): void {
  tx.run(
    `INSERT INTO sessions (id, title, state, model, endpoint, salt, template, thawed_from, frozen_as, turn_count,
       message_count, created_at, updated_at, updated_commit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
    [
      session.id, session.title, session.state, session.model, session.endpoint, session.salt,
      JSON.stringify(session.template), session.thawedFrom ?? null, session.frozenAs ?? null, at, at, tx.commit,
    ], // prettier-ignore
  );
}

/** Begins another session with all that a session's requests have in common, and nothing said in it. */
export function insertBranch(tx: Transaction, of: string, id: string, at: number): void {
  tx.run(
    `INSERT INTO sessions (id, title, state, model, endpoint, salt, template, thawed_from, turn_count, message_count,
       created_at, updated_at, updated_commit)
     SELECT ?, title, 'active', model, endpoint, salt, template, thawed_from, 0, 0, ?, ?, ? FROM sessions WHERE id = ?`,
    [id, at, at, tx.commit, of],
  );
}

/**
 * Writes a turn as what it adds to the one before: a conversation of n turns is then kept in the size of its
 * messages and not in n times that.
 */
export function insertTurn(tx: Transaction, blobs: Blobs, id: string, turn: Turn, at: number): void {
  const session = sessionOf(tx, blobs, id);
  const { tokenIds } = turn;
  const messagesKept = commonMessages(session.messages, turn.messages);
  const tokensKept = commonLength(session.tokenIds ?? [], tokenIds ?? []);
  tx.run(
    `INSERT INTO session_turns (session, turn, messages_kept, messages, tokens_kept, tokens, prompt_tokens, cached_tokens, at, head)
     SELECT row, turn_count + 1, ?, ?, ?, ?, ?, ?, ?, ? FROM sessions WHERE id = ?`,
    [
      messagesKept, keepMessages(blobs, turn.messages.slice(messagesKept)),
      tokensKept, tokenIds === undefined ? null : keepTokenIds(blobs, tokenIds.slice(tokensKept)),
      turn.promptTokens ?? null, turn.cachedTokens ?? null, at, headOf(session.template, turn.messages), id,
    ], // prettier-ignore
  );
  tx.run('UPDATE sessions SET turn_count = turn_count + 1, message_count = ?, token_count = ? WHERE id = ?', [
    turn.messages.length,
    tokenIds?.length ?? null,
    id,
  ]);
}

/** What else is to be kept of a session that moves. */
interface Moved {
  readonly frozenAs?: string;
  /** The server that answered it; as before when left out. */
  readonly endpoint?: string;
}

/** Moves a session to another state. @throws PF-3003 when that move is not allowed. */
export function moveSession(
  tx: Transaction,
  id: string,
  to: SessionState,
  at: number,
  { frozenAs, endpoint }: Moved = {},
): void {
  checkMove(sessionSummaryOf(sessionRow(tx, id)), to);
  tx.run(
    `UPDATE sessions SET state = ?, frozen_as = ?, released_from = NULL, endpoint = ifnull(?, endpoint), updated_at = ?,
       updated_commit = ? WHERE id = ?`,
    [to, frozenAs ?? null, endpoint ?? null, at, tx.commit, id],
  );
}

/** Lets the session go that is frozen as a window which is deleted. */
export function releaseSession(tx: Transaction, windowId: string, at: number): void {
  tx.run(
    `UPDATE sessions SET state = 'active', frozen_as = NULL, released_from = frozen_as, updated_at = ?, updated_commit = ?
     WHERE frozen_as = ?`,
    [at, tx.commit, windowId],
  );
}

/** Deletes sessions with all that was said in them and what auto-freeze noted of them. */
export function deleteSessions(
  tx: Transaction,
  sessions: readonly { readonly row: number; readonly id: string }[],
): void {
  if (sessions.length === 0) return;
  const rows = JSON.stringify(sessions.map(({ row }) => row));
  tx.run('DELETE FROM session_turns WHERE session IN (SELECT value FROM json_each(?))', [rows]);
  tx.run('DELETE FROM sessions WHERE row IN (SELECT value FROM json_each(?))', [rows]);
  const ids = JSON.stringify(sessions.map(({ id }) => id));
  tx.run('DELETE FROM auto_freezes WHERE session IN (SELECT value FROM json_each(?))', [ids]);
  tx.run('DELETE FROM auto_freeze_failures WHERE session IN (SELECT value FROM json_each(?))', [ids]);
}

/**
 * Freezes the session of a window that is brought back, if deleting it let the session go and nothing became of it
 * since. A window that is a checkpoint never froze its session, and does not by being brought back.
 */
export function freezeAgain(tx: Transaction, window: { id: string; sessionId: string }, at: number): void {
  const { id, sessionId } = window;
  const released = tx.first(
    "SELECT 1 FROM sessions WHERE id = ? AND released_from = ? AND state = 'active'",
    [sessionId, id],
  );
  if (released !== undefined) moveSession(tx, sessionId, 'frozen', at, { frozenAs: id });
}

/** @throws PF-3003 when the session may not move to that state. */
export function checkMove({ id, state, frozenAs }: SessionSummary, to: SessionState): void {
  if (mayMove(state, to)) return;
  if (state === 'expired') throw wrongState(`The session "${id}" is over.`, 'Begin another one.');
  throw wrongState(
    `The session "${id}" is frozen already, as the window "${String(frozenAs)}".`,
    'Thaw that window: it goes on as a new session, which can be frozen again. Or delete the window first.',
  );
}

/** The columns of `sessions s` that `sessionSummaryOf` reads. */
export const SESSION_COLUMNS = `s.row, s.id, s.title, s.state, s.model, s.endpoint, s.thawed_from, s.frozen_as, s.message_count,
  s.token_count, s.created_at, s.updated_at, s.updated_commit`;

/** The order of lists of `sessions s`, for `readPage`. */
export const LAST_CHANGED: SortKey = {
  columns: ['s.updated_commit', 's.row'],
  kinds: ['number', 'number'],
  keysOf: (row) => [number(row, 'updated_commit'), number(row, 'row')],
};

const State = z.enum(SESSION_STATES);

export function sessionSummaryOf(row: Row): SessionSummary {
  return {
    id: text(row, 'id'),
    title: text(row, 'title'),
    state: State.parse(row['state']),
    model: optional(text, row, 'model') ?? null,
    endpoint: optional(text, row, 'endpoint') ?? null,
    messageCount: number(row, 'message_count'),
    tokenCount: optional(number, row, 'token_count') ?? null,
    thawedFrom: optional(text, row, 'thawed_from') ?? null,
    frozenAs: optional(text, row, 'frozen_as') ?? null,
    createdAt: number(row, 'created_at'),
    updatedAt: number(row, 'updated_at'),
  };
}

/** A session without what was said in it. @throws PF-2004 when it is not there. */
export function sessionStateOf(
  view: SqlReader,
  id: string,
): { readonly summary: SessionSummary; readonly turnCount: number } {
  const row = sessionRow(view, id);
  return { summary: sessionSummaryOf(row), turnCount: number(row, 'turn_count') };
}

/** A session with all that was said in it. @throws PF-2004 when it is not there. */
export function sessionOf(view: SqlReader, blobs: Blobs, id: string): Session {
  const row = sessionRow(view, id);
  const turns = view.all('SELECT * FROM session_turns WHERE session = ? ORDER BY turn', [number(row, 'row')]);
  return {
    ...sessionSummaryOf(row),
    salt: text(row, 'salt'),
    template: Template.parse(JSON.parse(text(row, 'template'))),
    turnCount: number(row, 'turn_count'),
    usedCommit: number(row, 'updated_commit'),
    ...said(blobs, turns),
  };
}

function sessionRow(view: SqlReader, id: string): Row {
  const row = view.first(
    `SELECT ${SESSION_COLUMNS}, s.salt, s.template, s.turn_count FROM sessions s WHERE s.id = ?`,
    [id],
  );
  if (row === undefined) throw sessionNotFound(id);
  return row;
}

function said(blobs: Blobs, turns: readonly Row[]): Pick<Session, 'messages' | 'tokenIds'> {
  const messages: ChatMessage[] = [];
  // In place, for copying the whole at every turn makes a conversation of n turns cost n times its length.
  const tokenIds: number[] = [];
  let isKnown = false;
  for (const turn of turns) {
    messages.length = number(turn, 'messages_kept');
    for (const message of loadMessages(blobs, turn)) messages.push(message);
    const added = loadTokenIds(blobs, turn, 'tokens');
    isKnown = added !== null;
    tokenIds.length = isKnown ? number(turn, 'tokens_kept') : 0;
    for (const tokenId of added ?? []) tokenIds.push(tokenId);
  }
  return { messages, tokenIds: isKnown ? tokenIds : null };
}

function commonMessages(a: readonly ChatMessage[], b: readonly ChatMessage[]): number {
  const differs = a.findIndex((message, at) => JSON.stringify(message) !== JSON.stringify(b[at]));
  return differs < 0 ? a.length : differs;
}
