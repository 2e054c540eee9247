import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { corruptFile, errnoOf, writeFailed } from '../errors.ts';
import { undamaged } from '../known.ts';
import { decodeBlob, encodeBlob } from './blobCoding.ts';
import { BlobFiles, type FoundFile } from './blobFiles.ts';
import { CHUNK_BYTES, chunksOf, formatList, listNameOf, parseList } from './chunks.ts';
import type { FileOps } from './files.ts';
import { sha256 } from './frame.ts';

/**
 * Large content, outside the database, compressed, named by the SHA-256 of what it holds, so that the same content is
 * kept once however often it occurs. Up to 1 MB is one file; more is a list of chunks, which are blobs themselves, so
 * that the beginning can be read without the rest, and versions of one text share what is equal.
 */
export class Blobs {
  readonly #files: BlobFiles;

  constructor(directory: string, temporary: string, files: FileOps) {
    this.#files = new BlobFiles(directory, temporary, files);
  }

  /**
   * Keeps `content` (text as UTF-8) durably and gives its name, to be written in a commit after this. What is there
   * already is read, and written again when it is damaged. Until a commit names it, a collection may take it: a
   * transaction puts it inside, or asks inside whether `holds` is still true.
   * @throws PF-4005 when it cannot be written.
   */
  put(content: string | Uint8Array): string {
    try {
      const large = (typeof content === 'string' ? Buffer.byteLength(content) : content.length) > CHUNK_BYTES;
      return large
        ? this.#putChunks(content)
        : this.#putOne(typeof content === 'string' ? Buffer.from(content) : content);
    } catch (cause) {
      throw errnoOf(cause) === undefined ? cause : writeFailed(this.#files.directory, cause);
    }
  }

  /**
   * Whether every file of that content is in its place, durably. Costs some microseconds a megabyte: damage is noticed
   * by `put` and `get` only.
   */
  holds(name: string): boolean {
    const files = this.#filesInPlace(name);
    if (files === undefined) return false;
    this.#files.sync(files);
    return true;
  }

  /** The same without making anything durable. */
  isInPlace(name: string): boolean {
    return this.#filesInPlace(name) !== undefined;
  }

  /**
   * The content of that name, or its first `most` bytes, for which no more is read than the chunks that have them.
   * @throws PF-4003 when a file of it is missing, cannot be read or does not hold what its name says.
   */
  get(name: string, most = Number.POSITIVE_INFINITY): Uint8Array {
    const kept = this.#kept(name);
    return kept instanceof Uint8Array ? kept.subarray(0, most) : this.#join(kept, most);
  }

  /** The same as text. Its bytes are not left to the garbage collector, so that large text is in memory once. */
  text(name: string, most = Number.POSITIVE_INFINITY): string {
    const kept = this.#kept(name);
    if (kept instanceof Uint8Array) return textOf(kept.subarray(0, most));
    const joined = this.#join(kept, most);
    const text = textOf(joined);
    joined.buffer.transfer(0);
    return text;
  }

  /** Reads all of the content of that name, a chunk at a time and others let on in between. @throws as `get` does */
  async check(name: string): Promise<void> {
    const kept = this.#kept(name);
    if (kept instanceof Uint8Array) return;
    for (const chunk of kept) {
      letGo(checked(this.#find(chunk)));
      await setImmediate();
    }
  }

  /** The content of that name, or the names of its chunks. */
  #kept(name: string): Uint8Array | readonly string[] {
    const found = this.#find(name, listNameOf(name));
    return found.name === name ? checked(found) : parseList(found.file, name, found.bytes);
  }

  /** The first `most` bytes of all chunks together, in memory of their own. */
  #join(chunks: readonly string[], most: number): Uint8Array<ArrayBuffer> {
    const wanted = chunks.slice(0, Math.ceil(most / CHUNK_BYTES));
    const content = new Uint8Array(wanted.length * CHUNK_BYTES);
    let filled = 0;
    for (const chunk of wanted) {
      const bytes = checked(this.#find(chunk));
      content.set(bytes, filled);
      filled += bytes.length;
      letGo(bytes);
    }
    return content.subarray(0, Math.min(filled, most));
  }

  #find(name: string, ...orElse: readonly string[]): FoundFile {
    const found = this.#files.find(name, ...orElse);
    const none =
      orElse.length === 0 ? 'it is missing' : `it is missing, and there is no ${orElse.join()} either`;
    if (found === undefined) throw corruptFile(this.#files.placeOf(name), none);
    return found;
  }

  #putChunks(content: string | Uint8Array): string {
    const whole = createHash('sha256');
    const chunks: string[] = [];
    for (const chunk of chunksOf(content)) {
      whole.update(chunk);
      chunks.push(this.#putOne(chunk));
    }
    const name = whole.digest('hex');
    const list = formatList(name, chunks);
    this.#keep(
      listNameOf(name),
      (kept) => list.equals(kept),
      () => list,
    );
    return name;
  }

  #putOne(content: Uint8Array): string {
    const name = sha256(content);
    this.#keep(
      name,
      (kept) => {
        const decoded = decodeBlob(name, kept);
        const sound = sha256(decoded) === name;
        letGo(decoded);
        return sound;
      },
      () => encodeBlob(content),
    );
    return name;
  }

  /** Has a file in its place, durably: the one that is there if it is sound, else a new one. */
  #keep(name: string, isSound: (kept: Uint8Array) => boolean, bytes: () => Uint8Array): void {
    const sound = undamaged(() => {
      const kept = this.#files.readInPlace(name);
      return kept !== undefined && isSound(kept);
    });
    if (sound === true) this.#files.sync([name]);
    else this.#files.write(name, bytes());
  }

  /** The files that make up a content, when all of them are in their places. */
  #filesInPlace(name: string): string[] | undefined {
    const files = undamaged(() => this.#filesOf(name));
    return files?.every((file) => this.#files.isInPlace(file)) === true ? files : undefined;
  }

  /** The files that make up a content, of which at least the first is in its place; undefined when it is not. */
  #filesOf(name: string): string[] | undefined {
    if (this.#files.isInPlace(name)) return [name];
    const list = listNameOf(name);
    const bytes = this.#files.readInPlace(list);
    return bytes === undefined ? undefined : [list, ...parseList(list, name, bytes)];
  }
}

/** Gives the memory of a whole chunk back: by the dozen they would wait for the garbage collector. */
function letGo(bytes: Uint8Array): void {
  // So many are never part of a pool that others share.
  if (bytes.length === CHUNK_BYTES && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

/** @throws PF-4003 when the file does not hold what its name says. */
function checked({ name, file, bytes }: FoundFile): Uint8Array {
  const content = decodeBlob(file, bytes);
  if (sha256(content) !== name) throw corruptFile(file, 'its content does not match its name');
  return content;
}
