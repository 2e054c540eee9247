import * as zlib from 'node:zlib';

/** How packed ids are written: the first byte, so that another way can be added. */
const LEB128 = 1;
/** The same, compressed. */
const BROTLI = 2;

/**
 * Token ids as bytes: unsigned LEB128, one to three bytes an id. Not as differences: neighbouring ids have
 * nothing to do with each other, and equal words stay equal bytes, which the compression of blobs lives on.
 */
export function packTokenIds(tokenIds: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + 5 * tokenIds.length);
  bytes[0] = LEB128;
  let end = 1;
  for (const tokenId of tokenIds) {
    let rest = tokenId;
    for (; rest >= 0x80; rest >>>= 7) bytes[end++] = (rest & 0x7f) | 0x80;
    bytes[end++] = rest;
  }
  return bytes.slice(0, end);
}

/** Packed ids in fewer bytes, if that is possible: for what no blob compresses. */
export function compressPacked(packed: Uint8Array): Uint8Array {
  const compressed = zlib.brotliCompressSync(packed.subarray(1), { params: QUICK });
  return compressed.length + 1 < packed.length ? Buffer.concat([Buffer.of(BROTLI), compressed]) : packed;
}

/** As blobs are compressed (docs/decisions/blob-compression.md): under a millisecond for what is kept without a blob. */
const QUICK = { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 };

/** The ids that `packTokenIds` packed. Throws a RangeError when they were packed in a way not known here. */
export function unpackTokenIds(bytes: Uint8Array): number[] {
  if (bytes[0] === BROTLI) return decode(zlib.brotliDecompressSync(bytes.subarray(1)));
  if (bytes[0] === LEB128) return decode(bytes.subarray(1));
  throw new RangeError(`token ids packed in an unknown way (${String(bytes[0])})`);
}

function decode(bytes: Uint8Array): number[] {
  const tokenIds: number[] = [];
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    tokenIds.push(value >>> 0);
    value = 0;
    shift = 0;
  }
  return tokenIds;
}

/** How many of the first ids are the same. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return at;
  return shorter;
}

/** How many of the last ids are the same. */
export function commonEnd(a: readonly number[], b: readonly number[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let count = 0; count < shorter; count++) if (a.at(-1 - count) !== b.at(-1 - count)) return count;
  return shorter;
}

/** Whether `tokenIds` begins with all of `prefix`. */
export function beginsWith(tokenIds: readonly number[], prefix: readonly number[]): boolean {
  return commonLength(tokenIds, prefix) === prefix.length;
}
