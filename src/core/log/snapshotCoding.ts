import * as zlib from 'node:zlib';
import { corruptFile, needsNewerNode } from '../errors.ts';

/**
 * A database of prose shrinks to about a third at this setting, at some 250 MB a second, and comes back at 600 MB a
 * second; see docs/decisions.
 */
const LEVEL = 3;

/** The least that zlib takes. */
const MIN_CHUNK = 64;

/** `database` as a snapshot's file holds it, and the end of that file's name, which tells how. */
export function encode(
  database: Uint8Array,
  compressed: boolean,
): { readonly bytes: Uint8Array; readonly extension: string } {
  // Node has zstd from 22.15 on.
  if (!compressed || !('zstdCompressSync' in zlib)) return { bytes: database, extension: 'db' };
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL };
  return { bytes: zlib.zstdCompressSync(database, { params }), extension: 'db.zst' };
}

/**
 * @param size of the database, in bytes
 * @throws PF-4003 when `bytes` is not what `encode` gave, PF-4011 when this Node cannot read it.
 */
export function decode(file: string, bytes: Uint8Array, size: number): Uint8Array {
  if (!file.endsWith('.zst')) return bytes;
  if (!('zstdDecompressSync' in zlib)) throw needsNewerNode(file);
  try {
    // In one piece, with room to spare: zlib would put smaller ones together, and hold all of it twice meanwhile.
    return zlib.zstdDecompressSync(bytes, { chunkSize: Math.max(size + 1, MIN_CHUNK) });
  } catch (cause) {
    throw corruptFile(file, `it cannot be decompressed (${String(cause)})`);
  }
}
