import { hasCode, type ErrorCode } from './errors.ts';

/** What `find` gives; undefined when it says that there is no such thing. */
export function known<T>(find: () => T): T | undefined {
  return unless('PF-2', find);
}

/** What `read` gives; undefined when it meets a damaged file (PF-4003). */
export function undamaged<T>(read: () => T): T | undefined {
  return unless('PF-4003', read);
}

/** What `find` gives; undefined when its files are not there, or cannot be read (PF-4xxx). */
export function reachable<T>(find: () => T): T | undefined {
  return unless('PF-4', find);
}

/** @param code of the errors that count as nothing, or the beginning of theirs */
function unless<T>(code: ErrorCode, work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (hasCode(thrown, code)) return undefined;
    throw thrown;
  }
}
