import { soonUnheld, type Soon } from '../soon.ts';
import { openTemporary, removeQuietly, type FileOps, type OpenTemporary } from './files.ts';

/** At most so many are kept ready. */
const MOST = 16;

/** After an hour, other processes sweep them up. */
const FRESH_MS = 10 * 60 * 1000;

/**
 * Empty temporary files, made for the commits to come while nobody waits. Making one takes up to as long as all else of a
 * commit: a file system with a journal has more to write for a new file, and ext4 without one looks for a number that was
 * not in use in the last minutes. See docs/performance.md. With each turn in which one was needed, twice as many are kept.
 */
export class SpareFiles {
  readonly #files: FileOps;
  readonly #directory: string;
  readonly #soon: Soon;
  /** The oldest first. */
  readonly #spares: string[] = [];
  #kept = 1;
  #cancel: (() => void) | undefined;

  constructor(files: FileOps, directory: string, soon = soonUnheld) {
    this.#files = files;
    this.#directory = directory;
    this.#soon = soon;
  }

  /** One of them, or a new one: the caller's from now on. @throws PF-4005 when none can be made. */
  open(): OpenTemporary {
    const opened = this.#take() ?? openTemporary(this.#files, this.#directory);
    this.#cancel?.();
    this.#cancel = this.#soon(() => this.#makeMore());
    return opened;
  }

  /** Removes those that are left, and makes no more until one is asked for. */
  remove(): void {
    this.#cancel?.();
    this.#kept = 1;
    for (const file of this.#spares.splice(0)) removeQuietly(this.#files, file);
  }

  #take(): OpenTemporary | undefined {
    for (let file = this.#spares.shift(); file !== undefined; file = this.#spares.shift()) {
      const handle = this.#reopen(file);
      if (handle !== undefined) return { file, handle };
      // It was kept for longer than it is good for, or somebody else has done something to it.
      this.#kept = 1;
      removeQuietly(this.#files, file);
    }
    return undefined;
  }

  /** Not one that is on its way to be swept up; nor one that somebody else has written into, or linked as backups do. */
  #reopen(file: string): number | undefined {
    try {
      const { nlink, size, mtimeMs } = this.#files.statSync(file);
      const isOurs = nlink === 1 && size === 0 && Math.abs(Date.now() - mtimeMs) < FRESH_MS;
      return isOurs ? this.#files.openSync(file, 'r+') : undefined;
    } catch {
      // A new one is made instead, and what stands in its way too is told then.
      return undefined;
    }
  }

  #makeMore(): void {
    try {
      while (this.#spares.length < this.#kept) {
        const { file, handle } = openTemporary(this.#files, this.#directory);
        this.#spares.push(file);
        this.#files.closeSync(handle);
      }
      this.#kept = Math.min(2 * this.#kept, MOST);
    } catch {
      // Whoever needs one makes it, or is told why there is none.
    }
  }
}
