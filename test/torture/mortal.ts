import type { FileOps } from '../../src/core/log/files.ts';
import { interceptFiles } from '../core/log/interceptFiles.ts';

class Death extends Error {}

/** File operations of a process that can be killed: from some moment on, none of them is done. */
export class Mortal {
  readonly files: FileOps;
  #left = Number.POSITIVE_INFINITY;

  constructor(files: FileOps) {
    const before = (): void => {
      if (this.#left-- <= 0) throw new Death('killed');
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
      if (!isDeath(cause)) throw cause;
      return false;
    } finally {
      this.#left = Number.POSITIVE_INFINITY;
    }
  }
}

/** A death may come wrapped, as what a failed operation led to. */
function isDeath(cause: unknown): boolean {
  return cause instanceof Death || (cause instanceof Error && isDeath(cause.cause));
}
