import { hasCode } from '../../../src/core/errors.ts';

/**
 * The code of the error that `work` ends with, if it does: it has to be told as one of storage.
 * @param isRaw whether the work is below the store, and passes on what the file system says
 */
export function errorOf(work: () => void, isRaw = false): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    if (hasCode(thrown, 'PF-4')) return thrown.code;
    if (isRaw && String(thrown).includes('made to fail')) return 'raw';
    throw thrown;
  }
}
