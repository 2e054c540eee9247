import { corruptFile } from '../errors.ts';
import { sha256 } from './frame.ts';

/** Content that is larger is kept in chunks of this many bytes (the last one is shorter), each a blob of its own. */
export const CHUNK_BYTES = 1024 * 1024;

/** The most bytes that a UTF-8 character can hang over the end of a chunk. */
const LONGEST_OVERHANG = 3;

/** The name, as a file, of the list of the chunks that make up the content called `name`. */
export function listNameOf(name: string): string {
  return `${name}.list`;
}

/** The chunks of `content`, in order; one that is given may be overwritten by the next. Text is never copied as a whole. */
export function chunksOf(content: string | Uint8Array): Iterable<Uint8Array> {
  return typeof content === 'string' ? chunksOfText(content) : chunksOfBytes(content);
}

function* chunksOfBytes(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES);
}

function* chunksOfText(content: string): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + LONGEST_OVERHANG);
  let filled = 0;
  for (let at = 0; at < content.length;) {
    const next = content.slice(at, at + buffer.length);
    const { read, written } = encoder.encodeInto(next, buffer.subarray(filled));
    at += read;
    filled += written;
    if (filled < CHUNK_BYTES) continue;
    yield buffer.subarray(0, CHUNK_BYTES);
    filled = buffer.copy(buffer, 0, CHUNK_BYTES, filled);
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

/** A list: its checksum, with the name of the content so that a list under another name is noticed, then the names. */
export function formatList(name: string, chunks: readonly string[]): Buffer {
  const names = Buffer.from(chunks.join(''), 'hex');
  return Buffer.concat([checksum(name, names), names]);
}

/** The names of the chunks. @throws PF-4003, naming `file`, when `bytes` is not the list of that content. */
export function parseList(file: string, name: string, bytes: Uint8Array): string[] {
  const names = Buffer.from(bytes.subarray(HASH_BYTES));
  if (!checksum(name, names).equals(bytes.subarray(0, HASH_BYTES))) {
    throw corruptFile(file, 'its content does not match its checksum');
  }
  return names.toString('hex').match(/.{64}/g) ?? [];
}

/** SHA-256, in bytes. */
const HASH_BYTES = 32;

function checksum(name: string, names: Uint8Array): Buffer {
  return Buffer.from(sha256(Buffer.from(name, 'hex'), names), 'hex');
}
