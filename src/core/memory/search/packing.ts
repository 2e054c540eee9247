import * as zlib from 'node:zlib';

const PLAIN = 0;
const ZSTD = 1;
/** The way it is packed, and the bytes that it unpacks to, in four bytes. */
const HEADER = 5;

/** The first level takes a third off an index, at some 200 MB a second; higher ones take next to nothing more. */
const LEVEL = 1;

/** Up to this size it is left as it is: to read what compression saves takes a tenth of the time to unpack it. */
const LARGEST_PLAIN = 1 << 23;

/** What comes out is put together from pieces of this size at most, and of 64 bytes at least, as zlib has it. */
const LARGEST_PIECE = 1 << 26;
const SMALLEST_PIECE = 64;

/** `bytes`, in fewer bytes when they are more than `largestPlain`. */
export function pack(bytes: Uint8Array, largestPlain = LARGEST_PLAIN): Uint8Array {
  const packed = bytes.length > largestPlain ? compressed(bytes) : undefined;
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(packed === undefined ? PLAIN : ZSTD);
  header.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([header, packed ?? bytes]);
}

/** Undefined when this Node has no zstd, which is in it from 22.15 on. */
function compressed(bytes: Uint8Array): Uint8Array | undefined {
  return 'zstdCompressSync' in zlib ? zlib.zstdCompressSync(bytes, { params }) : undefined;
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
