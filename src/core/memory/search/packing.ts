import * as zlib from 'node:zlib';

const PLAIN = 0;
const ZSTD = 1;
/** The way it is packed, and the bytes that it unpacks to, in four bytes. */
const HEADER = 5;

/** The first level takes a third off an index, at some 200 MB a second; higher ones take next to nothing more. */
const LEVEL = 1;

/** What comes out is put together from pieces of this size at most, and of 64 bytes at least, as zlib has it. */
const LARGEST_PIECE = 1 << 26;
const SMALLEST_PIECE = 64;

/** `bytes` in fewer bytes. */
export function pack(bytes: Uint8Array): Uint8Array {
  // Node has zstd from 22.15 on.
  const packed = 'zstdCompressSync' in zlib ? zlib.zstdCompressSync(bytes, { params }) : undefined;
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(packed === undefined ? PLAIN : ZSTD);
  header.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([header, packed ?? bytes]);
}

const params = { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL };

/** What was packed; undefined when these bytes were not, or not in a way that this Node knows. */
export function unpack(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < HEADER) return undefined;
  const size = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(1);
  const content = contentOf(bytes[0] ?? PLAIN, bytes.subarray(HEADER), size);
  return content?.length === size ? content : undefined;
}

function contentOf(way: number, packed: Uint8Array, size: number): Uint8Array | undefined {
  if (way === PLAIN) return packed;
  if (way !== ZSTD || !('zstdDecompressSync' in zlib)) return undefined;
  // In one piece, with room to spare: zlib would hold all of it twice to put smaller ones together.
  const chunkSize = Math.min(Math.max(size + 1, SMALLEST_PIECE), LARGEST_PIECE);
  try {
    return zlib.zstdDecompressSync(packed, { chunkSize, maxOutputLength: Math.max(size, 1) });
  } catch {
    return undefined;
  }
}
