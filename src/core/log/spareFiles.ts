import { soonUnheld, type Soon } from '../soon.ts';
import { openTemporary, removeQuietly, type FileOps, type OpenTemporary } from './files.ts';

/** So many are kept ready. */
const READY = 16;

/**
 * Empty temporary files, made for the commits to come while nobody waits. Making one takes up to as long as all else of a
 * commit: a file system with a journal has more to write for a new file, and ext4 without one looks for a number that was
 * not in use in the last minutes. See docs/performance.md.
 */
export class SpareFiles {
  readonly #files: FileOps;
  readonly #directory: string;
  readonly #soon: Soon;
  readonly #spares: string[] = [];
  #cancel: (() => void) | undefined;

  constructor(files: FileOps, directory: string, soon = soonUnheld) {
    this.#files = files;
    this.#directory = directory;
    this.#soon = soon;
  }

  /** One of them, or a new one: the caller's from now on. @throws PF-4005 when none can be made. */
  readonly open = (): OpenTemporary => {
    const opened = this.#take() ?? openTemporary(this.#files, this.#directory);
    this.#cancel?.();
    this.#cancel = this.#soon(() => this.#makeReady());
    return opened;
  };

  /** Removes those that are ready, and makes no more until one is asked for. */
  remove(): void {
    this.#cancel?.();
    for (const file of this.#spares.splice(0)) removeQuietly(this.#files, file);
  }

  #take(): OpenTemporary | undefined {
    const file = this.#spares.pop();
    if (file === undefined) return undefined;
    try {
      return { file, handle: this.#files.openSync(file, 'r+') };
    } catch {
      // Another process may have swept it up. Whatever else it is, is in the way of a new one too, and told then.
      removeQuietly(this.#files, file);
      return undefined;
    }
  }

  #makeReady(): void {
    try {
      while (this.#spares.length < READY) {
        const { file, handle } = openTemporary(this.#files, this.#directory);
        this.#spares.push(file);
        this.#files.closeSync(handle);
      }
    } catch {
      // Whoever needs one makes it, or is told why there is none.
    }
  }
}
