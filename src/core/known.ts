import { PermafrostError } from './errors.ts';

/** What `find` gives; undefined when it says that there is no such thing. */
export function known<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (thrown) {
    if (thrown instanceof PermafrostError && thrown.code.startsWith('PF-2')) return undefined;
    throw thrown;
  }
}
