import * as zlib from 'node:zlib';
import { corruptFile } from '../errors.ts';
import { CHUNK_BYTES } from './chunks.ts';

/** The first byte of a blob's file names how the rest is kept, so that a better way can be added. */
const STORED = 0;
const BROTLI = 1;

/** Chosen by the table in docs/decisions/blob-compression.md: prose shrinks by 63 to 76 %, at some 80 MB a second. */
const QUALITY = 5;

/** What is compressed is hardly larger than so many times as much: it is decompressed in one piece, not in many small ones. */
const MOST_SHRUNK = 16;
const SMALLEST_PIECE = 16 * 1024;

/** A window of one chunk. The usual one takes four times the memory, of which malloc keeps tens of MB for later. */
const WINDOW_BITS = Math.log2(CHUNK_BYTES);

/** `content` as a blob's file holds it: at most one byte longer. */
export function encodeBlob(content: Uint8Array): Uint8Array {
  const compressed = zlib.brotliCompressSync(content, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [zlib.constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  return compressed.length < content.length
    ? Buffer.concat([Buffer.of(BROTLI), compressed])
    : Buffer.concat([Buffer.of(STORED), content]);
}

/** @throws PF-4003, naming `file`, when `bytes` is not what `encodeBlob` gave. */
export function decodeBlob(file: string, bytes: Uint8Array): Uint8Array {
  const rest = bytes.subarray(1);
  if (bytes[0] === STORED) return rest;
  if (bytes[0] !== BROTLI) throw corruptFile(file, 'it is kept in a way that this Permafrost does not know');
  try {
    const size = Math.max(SMALLEST_PIECE, rest.length * MOST_SHRUNK);
    return zlib.brotliDecompressSync(rest, { chunkSize: Math.min(size, CHUNK_BYTES + 1) });
  } catch (cause) {
    throw corruptFile(file, `it cannot be decompressed (${String(cause)})`);
  }
}
