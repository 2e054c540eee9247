import * as path from 'node:path';
import * as zlib from 'node:zlib';
import { corruptFile, errnoOf, writeFailed } from '../errors.ts';
import { createExclusive, makeDirectory, readIfThere, syncDirectory, type FileOps } from './files.ts';
import { sha256 } from './frame.ts';

/** The first byte of a blob's file names how the rest is kept, so that a better way can be added. */
const STORED = 0;
const BROTLI = 1;

/** Prose shrinks to a third at this setting, at some 40 MB a second; higher ones cost ten times as much. */
const QUALITY = 4;

/**
 * Large content, outside the database: one file each, compressed, named by the SHA-256 of what it holds, so
 * the same content is kept once however often it occurs.
 */
export class Blobs {
  readonly #directory: string;
  readonly #temporary: string;
  readonly #files: FileOps;

  constructor(directory: string, temporary: string, files: FileOps) {
    this.#directory = directory;
    this.#temporary = temporary;
    this.#files = files;
  }

  /**
   * Keeps `content` durably and gives its name, to be written in a commit after this.
   * @throws PF-4005 when it cannot be written.
   */
  put(content: Uint8Array): string {
    const name = sha256(content);
    const file = this.#fileOf(name);
    try {
      this.#publish(file, content);
    } catch (cause) {
      throw errnoOf(cause)?.startsWith('E') === true ? writeFailed(file, cause) : cause;
    }
    return name;
  }

  /**
   * The content of that name.
   * @throws PF-4003 when its file is missing, cannot be read or does not hold what its name says.
   */
  get(name: string): Uint8Array {
    const file = this.#fileOf(name);
    const bytes = this.#read(file);
    if (bytes === undefined) throw corruptFile(file, 'it is missing');
    const content = decompress(file, bytes);
    if (sha256(content) !== name) throw corruptFile(file, 'its content does not match its name');
    return content;
  }

  #read(file: string): Uint8Array | undefined {
    try {
      return readIfThere(this.#files, file);
    } catch (cause) {
      throw corruptFile(file, `it cannot be read (${String(cause)})`);
    }
  }

  #publish(file: string, content: Uint8Array): void {
    makeDirectory(this.#files, path.dirname(file));
    if (!this.#files.existsSync(file)) {
      createExclusive(this.#files, this.#temporary, file, compress(content));
      if (!this.#files.existsSync(file)) throw writeFailed(file, 'its directory was moved away');
    }
    // Another process may have made either name a moment ago and not have synced it yet.
    syncDirectory(this.#files, path.dirname(file));
    syncDirectory(this.#files, this.#directory);
  }

  #fileOf(name: string): string {
    return path.join(this.#directory, name.slice(0, 2), name);
  }
}

function compress(content: Uint8Array): Uint8Array {
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

function decompress(file: string, bytes: Uint8Array): Uint8Array {
  const rest = bytes.subarray(1);
  if (bytes[0] === STORED) return rest;
  if (bytes[0] !== BROTLI) throw corruptFile(file, 'it is kept in a way that this Permafrost does not know');
  try {
    return zlib.brotliDecompressSync(rest);
  } catch (cause) {
    throw corruptFile(file, `it cannot be decompressed (${String(cause)})`);
  }
}
