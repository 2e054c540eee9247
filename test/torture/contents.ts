import { createHash } from 'node:crypto';
import { fingerprint } from '../core/store/views.ts';
import type { Process } from './process.ts';

/** A hash of all that is in a context, every version's content included: equal when the contents are equal. */
export function contentsOf(process: Process): string {
  const hash = createHash('sha256').update(fingerprint(process.store));
  for (const blob of process.blobs()) hash.update(process.store.blobs.get(blob));
  return hash.digest('hex');
}
