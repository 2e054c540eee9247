import * as zlib from 'node:zlib';
import { corruptFile } from '../errors.ts';
import { CHUNK_BYTES } from './chunks.ts';

/** The first byte of a blob's file names how the rest is kept, so that a better way can be added. */
const STORED = 0;
const BROTLI = 1;

/** Chosen by the table in docs/decisions/blob-compression.md: prose shrinks by 63 to 76 %, at some 80 MB a second. */
const QUALITY = 5;

/** What is larger is decompressed in one piece, and not put together from pieces of 16 KB. */
const LARGE = 64 * 1024;

/** `content` as a blob's file holds it: at most one byte longer. */
export function encodeBlob(content: Uint8Array): Uint8Array {
  const compressed = zlib.brotliCompressSync(content, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: QUALITY,
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
    return zlib.brotliDecompressSync(rest, rest.length < LARGE ? {} : { chunkSize: CHUNK_BYTES + 1 });
  } catch (cause) {
    throw corruptFile(file, `it cannot be decompressed (${String(cause)})`);
  }
}
