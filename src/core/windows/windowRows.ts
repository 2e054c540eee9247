import * as z from 'zod';
import { internal, windowNotFound } from '../errors.ts';
import type { Blobs } from '../log/blobs.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { Transaction } from '../store/transaction.ts';
import { loadBytes, loadMessages, loadTokenIds, type Kept } from './kept.ts';
import { Template } from './message.ts';
import { searchedFacts, searchedWords } from './searched.ts';
import { ServerFacts, WINDOW_KINDS, type FrozenWindow, type WindowSummary } from './window.ts';

/** SHA-256, in bytes. */
const HASH_BYTES = 32;

/** The columns of `windows w` that `windowSummaryOf` reads. */
export const WINDOW_COLUMNS = `w.row, w.id, w.name, w.description, w.tags, w.kind, w.session_id, w.parent_id, w.model, w.endpoint,
  w.content_of, w.message_count, w.token_count, w.block_count, w.frozen_at, w.thawed_at, w.thawed_commit, w.thaw_count, w.archived_at`;

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
    clonedFrom: row['content_of'] === null ? null : (optional(text, row, 'parent_id') ?? null),
    frozenAt: number(row, 'frozen_at'),
    thawedAt: optional(number, row, 'thawed_at') ?? null,
    thawCount: number(row, 'thaw_count'),
    archived: row['archived_at'] !== null,
  };
}

/** A window without its content by its id, archived or not. @throws PF-2003 when it is not there. */
export function windowSummary(view: SqlReader, id: string): WindowSummary {
  const row = view.first(`SELECT ${WINDOW_COLUMNS} FROM windows w WHERE w.id = ?`, [id]);
  if (row === undefined) throw windowNotFound(id);
  return windowSummaryOf(row);
}

/** A window by its id, archived or not. @throws PF-2003 when it is not there. */
export function windowOf(view: SqlReader, blobs: Blobs, id: string): FrozenWindow {
  const row = view.first('SELECT w.* FROM windows w WHERE w.id = ?', [id]);
  if (row === undefined) throw windowNotFound(id);
  const content = contentRowOf(view, row);
  return {
    ...windowSummaryOf(row),
    salt: text(row, 'salt'),
    template: Template.parse(JSON.parse(text(row, 'template'))),
    messages: loadMessages(blobs, content),
    tokenIds: loadTokenIds(blobs, content, 'tokens'),
    templateTokenIds: loadTokenIds(blobs, content, 'template_tokens'),
    blockHashes:
      content['block_hashes'] === null ? null : splitHashes(loadBytes(blobs, content, 'block_hashes')),
    server: row['server'] === null ? null : ServerFacts.parse(JSON.parse(text(row, 'server'))),
    notes: StringList.parse(JSON.parse(text(row, 'notes'))),
  };
}

/** The row that holds what was said: that of the window itself, or, for a clone, of the one that it has its content from. */
function contentRowOf(view: SqlReader, row: Row): Row {
  const holder = optional(number, row, 'content_of');
  if (holder === undefined) return row;
  const content = view.first(
    'SELECT messages, tokens, template_tokens, block_hashes FROM windows WHERE row = ?',
    [holder],
  );
  if (content === undefined) throw internal(`the content of the window ${text(row, 'id')} is gone`);
  return content;
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
       messages, tokens, template_tokens, block_hashes, server, notes, search, said, message_count, token_count, block_count,
       frozen_at, thawed_commit, thaw_count)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    [
      window.id, window.name, window.description, JSON.stringify(window.tags), window.kind, window.sessionId,
      window.parentId, window.model, window.endpoint, window.salt, JSON.stringify(window.template),
      kept.messages, kept.tokens, kept.templateTokens, kept.blockHashes,
      window.server === null ? null : JSON.stringify(window.server), JSON.stringify(window.notes),
      searchedFacts(window), searchedWords(window.messages), window.messageCount, window.promptTokens, window.blockCount, window.frozenAt,
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
