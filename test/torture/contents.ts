import { createHash } from 'node:crypto';
import { fingerprint } from '../core/store/views.ts';
import type { Process } from './process.ts';

/** A hash of all that is in a context, every version's content included: equal when the contents are equal. */
export function contentsOf(process: Process): string {
  const hash = createHash('sha256').update(fingerprint(process.store));
  for (const blob of blobsOf(process)) hash.update(process.store.blobs.get(blob));
  return hash.digest('hex');
}

/** The names of the blobs that memories and their earlier versions have. */
function blobsOf({ store }: Process): string[] {
  const rows = store.read((view) =>
    view.all(`SELECT blob FROM memories WHERE blob IS NOT NULL
      UNION SELECT blob FROM memory_versions WHERE blob IS NOT NULL ORDER BY blob`),
  );
  return rows.map(({ blob }) => String(blob));
}
