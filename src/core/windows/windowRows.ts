import * as z from 'zod';
import { windowNotFound } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { Transaction } from '../store/transaction.ts';
import { loadBytes, loadMessages, loadTokenIds, type Kept } from './kept.ts';
import { Template, textOf } from './message.ts';
import { ServerFacts, WINDOW_KINDS, type FrozenWindow, type WindowSummary } from './window.ts';

/** SHA-256, in bytes. */
const HASH_BYTES = 32;

/** As much of the conversation as a search in the list of windows looks at. */
const SEARCHED_CHARACTERS = 4_000;

const COLUMNS = `w.row, w.id, w.name, w.description, w.tags, w.kind, w.session_id, w.parent_id, w.model, w.endpoint,
  w.message_count, w.token_count, w.block_count, w.frozen_at, w.thawed_at, w.thawed_commit, w.thaw_count, w.archived_at`;

/** The columns of `windows w` that `windowSummaryOf` reads. */
export const WINDOW_COLUMNS = COLUMNS;

const StringList = z.array(z.string());
const Kind = z.enum(WINDOW_KINDS);

export function windowSummaryOf(row: Row): WindowSummary {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    description: optional(text, row, 'description') ?? null,
    tags: StringList.parse(JSON.parse(text(row, 'tags'))),
    kind: Kind.parse(row['kind']),
    model: optional(text, row, 'model') ?? null,
    endpoint: optional(text, row, 'endpoint') ?? null,
    messageCount: number(row, 'message_count'),
    promptTokens: optional(number, row, 'token_count') ?? null,
    blockCount: optional(number, row, 'block_count') ?? null,
    sessionId: text(row, 'session_id'),
    parentId: optional(text, row, 'parent_id') ?? null,
    frozenAt: number(row, 'frozen_at'),
    thawedAt: optional(number, row, 'thawed_at') ?? null,
    thawCount: number(row, 'thaw_count'),
    archived: row['archived_at'] !== null,
  };
}

/** A window by its id, archived or not. @throws PF-2003 when it is not there. */
export function windowOf(view: SqlReader, blobs: Blobs, id: string): FrozenWindow {
  const row = view.first('SELECT w.* FROM windows w WHERE w.id = ?', [id]);
  if (row === undefined) throw windowNotFound(id);
  return {
    ...windowSummaryOf(row),
    salt: text(row, 'salt'),
    template: Template.parse(JSON.parse(text(row, 'template'))),
    messages: loadMessages(blobs, row),
    tokenIds: loadTokenIds(blobs, row, 'tokens'),
    templateTokenIds: loadTokenIds(blobs, row, 'template_tokens'),
    blockHashes: row['block_hashes'] === null ? null : splitHashes(loadBytes(blobs, row, 'block_hashes')),
    server: row['server'] === null ? null : ServerFacts.parse(JSON.parse(text(row, 'server'))),
    notes: StringList.parse(JSON.parse(text(row, 'notes'))),
  };
}

/** The id of the window that a caller means. @throws PF-2003 when there is none. */
export function windowIdOf(view: SqlReader, named: WindowName): string {
  const row =
    'windowId' in named
      ? view.first('SELECT id FROM windows WHERE id = ?', [named.windowId])
      : view.first('SELECT id FROM windows WHERE name = ? AND archived_at IS NULL', [named.name]);
  if (row === undefined) throw windowNotFound('windowId' in named ? named.windowId : named.name);
  return text(row, 'id');
}

/** How a window is named: by its id, or, unless it is archived, by its name. */
export type WindowName = { readonly windowId: string } | { readonly name: string };

/** The content of a window as its columns have it, all blobs put in the same transaction. */
export interface KeptWindow {
  readonly messages: Kept;
  readonly tokens: Kept | null;
  readonly templateTokens: Kept | null;
  readonly blockHashes: Kept | null;
}

export function insertWindow(tx: Transaction, window: FrozenWindow, kept: KeptWindow): void {
  tx.run(
    `INSERT INTO windows (id, name, description, tags, kind, session_id, parent_id, model, endpoint, salt, template,
       messages, tokens, template_tokens, block_hashes, server, notes, search, message_count, token_count, block_count,
       frozen_at, thawed_commit, thaw_count)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    [
      window.id, window.name, window.description, JSON.stringify(window.tags), window.kind, window.sessionId,
      window.parentId, window.model, window.endpoint, window.salt, JSON.stringify(window.template),
      kept.messages, kept.tokens, kept.templateTokens, kept.blockHashes,
      window.server === null ? null : JSON.stringify(window.server), JSON.stringify(window.notes),
      searchText(window), window.messageCount, window.promptTokens, window.blockCount, window.frozenAt,
    ], // prettier-ignore
  );
}

/** Block hashes in hex as the bytes that are kept of them. */
export function joinHashes(hashes: readonly string[]): Uint8Array {
  return Buffer.from(hashes.join(''), 'hex');
}

function splitHashes(bytes: Uint8Array): string[] {
  const count = bytes.length / HASH_BYTES;
  return Array.from({ length: count }, (_, at) =>
    Buffer.from(bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)).toString('hex'),
  );
}

/** Text as searches compare it: without regard to case and to how a character is composed. */
export function foldText(value: string): string {
  return value.normalize('NFKC').toLowerCase();
}

function searchText({ name, description, tags, model, messages }: FrozenWindow): string {
  let said = '';
  for (const message of messages) {
    said += `${textOf(message).slice(0, SEARCHED_CHARACTERS)}\n`;
    if (said.length >= SEARCHED_CHARACTERS) break;
  }
  const searched = [name, description ?? '', model ?? '', ...tags, said.slice(0, SEARCHED_CHARACTERS)];
  return foldText(searched.join('\n')).toWellFormed();
}
