import * as path from 'node:path';
import { corruptFile, writeFailed } from '../errors.ts';
import {
  createExclusive,
  makeDirectory,
  namesIn,
  readIfThere,
  replaceFile,
  syncDirectory,
  type FileOps,
} from './files.ts';

/** Where what a collection took out of its place waits until it is deleted: see `collectBlobs`. */
const TRASH = 'trash';

/** Often enough to meet a file that a collection moves meanwhile, there or back. */
const LOOKS = 3;

export interface FoundFile {
  readonly name: string;
  /** Where it was found. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The files that hold blobs: each in its place, or in the trash. */
export class BlobFiles {
  readonly directory: string;
  readonly #temporary: string;
  readonly #files: FileOps;

  constructor(directory: string, temporary: string, files: FileOps) {
    this.directory = directory;
    this.#temporary = temporary;
    this.#files = files;
  }

  get trash(): string {
    return path.join(this.directory, TRASH);
  }

  placeOf(name: string): string {
    return path.join(this.directory, name.slice(0, 2), name);
  }

  /** The names of all files that are in their places. */
  namesInPlace(): string[] {
    const shards = namesIn(this.#files, this.directory).filter((name) => /^[0-9a-f]{2}$/.test(name));
    const names = shards.flatMap((shard) => namesIn(this.#files, path.join(this.directory, shard)));
    return names.filter((name) => /^[0-9a-f]{64}(\.list)?$/.test(name));
  }

  isInPlace(name: string): boolean {
    return this.#files.existsSync(this.placeOf(name));
  }

  /** The file of that name, if it is in its place. @throws PF-4003 when it cannot be read. */
  readInPlace(name: string): Uint8Array | undefined {
    return this.#read(this.placeOf(name));
  }

  /** The first of `names` that is there, be it in the trash. @throws PF-4003 when it cannot be read. */
  find(...names: readonly string[]): FoundFile | undefined {
    for (let look = 0; look < LOOKS; look++) {
      const found = this.#look(names);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Puts a file in its place, whole and durably. @throws PF-4005 when that fails. */
  write(name: string, bytes: Uint8Array): void {
    const file = this.placeOf(name);
    makeDirectory(this.#files, path.dirname(file));
    if (this.#files.existsSync(file)) replaceFile(this.#files, this.#temporary, file, bytes);
    else if (!createExclusive(this.#files, this.#temporary, file, bytes) && !this.#files.existsSync(file))
      throw writeFailed(file, 'its directory was moved away');
    this.sync([name]);
  }

  /** Makes the names of files durable: another process may have made one a moment ago and not have synced it yet. */
  sync(names: readonly string[]): void {
    const shards = new Set(names.map((name) => path.dirname(this.placeOf(name))));
    for (const shard of shards) syncDirectory(this.#files, shard);
    syncDirectory(this.#files, this.directory);
  }

  #look(names: readonly string[]): FoundFile | undefined {
    for (const name of names) {
      for (const file of this.#whereItMayBe(name)) {
        const bytes = this.#read(file);
        if (bytes !== undefined) return { name, file, bytes };
      }
    }
    return undefined;
  }

  *#whereItMayBe(name: string): Generator<string> {
    yield this.placeOf(name);
    const taken = readable(this.trash, () => namesIn(this.#files, this.trash));
    for (const directory of taken) yield path.join(this.trash, directory, name);
  }

  #read(file: string): Uint8Array | undefined {
    return readable(file, () => readIfThere(this.#files, file));
  }
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw corruptFile(file, `it cannot be read (${String(cause)})`);
  }
}
