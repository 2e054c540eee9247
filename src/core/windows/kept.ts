import * as z from 'zod';
import { internal } from '../errors.ts';
import { INLINE_CONTENT_BYTES } from '../limits.ts';
import type { Blobs } from '../log/blobs.ts';
import type { Row } from '../store/sqlView.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { Message } from './message.ts';
import { compressPacked, packTokenIds, unpackTokenIds } from './tokenIds.ts';

/** What a column holds: small content itself, or the name of the blob that has it. */
export type Kept = Uint8Array | string;

/**
 * Keeps `content` for a column, in the transaction that writes it: a blob is on disk when this returns, so before the
 * commit that names it, and stays there (see `collectBlobs`).
 */
export function keepBytes(blobs: Blobs, content: Uint8Array): Kept {
  return content.length <= INLINE_CONTENT_BYTES ? content : blobs.put(content);
}

export function loadBytes(blobs: Blobs, row: Row, column: string): Uint8Array {
  const kept = row[column];
  if (kept instanceof Uint8Array) return kept;
  if (typeof kept === 'string') return blobs.get(kept);
  throw internal(`the column ${column} holds no content`);
}

export function keepTokenIds(blobs: Blobs, tokenIds: readonly number[]): Kept {
  const packed = packTokenIds(tokenIds);
  return packed.length > INLINE_CONTENT_BYTES ? blobs.put(packed) : compressPacked(packed); // blobs compress
}

/** The ids of a column, or null when none are known. */
export function loadTokenIds(blobs: Blobs, row: Row, column: string): readonly number[] | null {
  return row[column] === null ? null : unpackTokenIds(loadBytes(blobs, row, column));
}

export function keepMessages(blobs: Blobs, messages: readonly ChatMessage[]): Kept {
  return keepBytes(blobs, Buffer.from(JSON.stringify(messages)));
}

const Messages = z.array(Message);

export function loadMessages(blobs: Blobs, row: Row): ChatMessage[] {
  const bytes = loadBytes(blobs, row, 'messages');
  return Messages.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
