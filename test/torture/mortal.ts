import type { FileOps } from '../../src/core/log/files.ts';
import { interceptFiles } from '../core/log/interceptFiles.ts';

/** File operations of a process that can be killed: from some moment on, none of them is done. */
export class Mortal {
  readonly files: FileOps;
  #left = Number.POSITIVE_INFINITY;

  constructor(files: FileOps) {
    const before = (): void => {
      this.#left -= 1;
      if (this.#left < 0) throw new Error('killed');
    };
    this.files = interceptFiles({ before }, files);
  }

  /** Does `work`, and kills it after so many operations. @returns whether it was done before that */
  survives(operations: number, work: () => void): boolean {
    this.#left = operations;
    try {
      work();
      return true;
    } catch (cause) {
      // Whatever a dead process throws, nobody hears it.
      if (this.#left >= 0) throw cause;
      return false;
    } finally {
      this.#left = Number.POSITIVE_INFINITY;
    }
  }
}
