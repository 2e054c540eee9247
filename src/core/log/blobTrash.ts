import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { errnoOf } from '../errors.ts';
import type { BlobFiles } from './blobFiles.ts';
import { makeDirectory, namesIn, type FileOps } from './files.ts';

/**
 * The directories of blobs that were taken out of their places: `<random>` while files come into it, then
 * `<P>-<random>`, P being the number of the log's last commit when none could come any more. See `collectBlobs`.
 */
export class BlobTrash {
  readonly #files: FileOps;
  readonly #blobs: BlobFiles;

  constructor(files: FileOps, blobs: BlobFiles) {
    this.#files = files;
    this.#blobs = blobs;
  }

  /** Has every open directory for itself: whoever made one finds it gone. Gives their names. */
  takeOver(): string[] {
    const open = this.#directories().filter((name) => numberOf(name) === undefined);
    return open.flatMap((from) => {
      const to = freshName();
      return this.#rename(this.#path(from), this.#path(to)) ? [to] : [];
    });
  }

  /** Moves what is to be kept back to its place, durably: only then may the directory that it was in go. */
  putBack(kept: ReadonlySet<string>): void {
    const back = this.#entries().filter(([, name]) => kept.has(name));
    const doubles = back.filter(([directory, name]) => !this.#moveBack(directory, name));
    if (back.length > 0) this.#blobs.sync(back.map(([, name]) => name));
    for (const [directory, name] of doubles) this.#files.rmSync(this.#path(directory, name), { force: true });
  }

  /** Deletes what is not to be kept from directories that were closed before commit `at`. */
  deleteBefore(at: number, kept: ReadonlySet<string>): void {
    const isOld = (directory: string): boolean => (numberOf(directory) ?? at) < at;
    for (const [directory, name] of this.#entries()) {
      if (isOld(directory) && !kept.has(name))
        this.#files.rmSync(this.#path(directory, name), { force: true });
    }
    for (const directory of this.#directories().filter(isOld)) this.#removeIfEmpty(directory);
  }

  /** Moves files out of their places into an open directory, and gives its name, unless somebody takes that over. */
  takeOut(names: readonly string[]): string[] {
    if (names.length === 0) return [];
    const directory = freshName();
    makeDirectory(this.#files, this.#path(directory));
    for (const name of names) {
      const moved = this.#rename(this.#blobs.placeOf(name), this.#path(directory, name));
      if (!moved && !this.#files.existsSync(this.#path(directory))) return [];
    }
    return [directory];
  }

  /** Closes directories into which nothing comes any more. */
  close(open: readonly string[], head: () => number): void {
    const last = head();
    for (const directory of open) {
      this.#rename(this.#path(directory), this.#path(`${last}-${freshName()}`));
    }
  }

  /** @returns false when there is such a file in its place already */
  #moveBack(directory: string, name: string): boolean {
    const place = this.#blobs.placeOf(name);
    makeDirectory(this.#files, path.dirname(place));
    if (this.#blobs.isInPlace(name)) return false;
    this.#rename(this.#path(directory, name), place);
    return true;
  }

  #directories(): string[] {
    return namesIn(this.#files, this.#blobs.trash).filter((name) => /^(\d+-)?[0-9a-f]{16}$/.test(name));
  }

  #entries(): [directory: string, name: string][] {
    return this.#directories().flatMap((directory) =>
      namesIn(this.#files, this.#path(directory)).map((name): [string, string] => [directory, name]),
    );
  }

  #path(...names: readonly string[]): string {
    return path.join(this.#blobs.trash, ...names);
  }

  #removeIfEmpty(directory: string): void {
    try {
      this.#files.rmdirSync(this.#path(directory));
    } catch (cause) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(cause) ?? '')) throw cause;
    }
  }

  /** @returns false when there is nothing to rename, or nowhere to rename it to: another collection was first. */
  #rename(from: string, to: string): boolean {
    try {
      this.#files.renameSync(from, to);
      return true;
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return false;
      throw cause;
    }
  }
}

function freshName(): string {
  return randomBytes(8).toString('hex');
}

function numberOf(directory: string): number | undefined {
  const [, digits] = /^(\d+)-[0-9a-f]{16}$/.exec(directory) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
