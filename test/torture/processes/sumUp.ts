import type { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { sha256 } from '../../../src/core/log/frame.ts';
import { fingerprint } from '../../core/store/views.ts';

const QUERIES = ['total', 'memory 1', 'ice core', 'ba', 'batch'];

/** Hashes of all rows and of what searches answer: equal when the views are. */
export function sumUp(store: Store, search: MemorySearch): string {
  const answers = QUERIES.map((query) => search.search({ query, limit: 20, prefix: true }));
  return `${fingerprint(store)} ${sha256(Buffer.from(JSON.stringify(answers)))}`;
}
