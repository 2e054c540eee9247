import * as fs from 'node:fs';
import * as path from 'node:path';

/** Temporary files that are still there although nobody is at work, but for a process that has some for its next commits. */
export function temporaries(directory: string, atWork?: number): string[] {
  const isSpare = (name: string): boolean =>
    name.includes(`-${atWork}-`) && fs.statSync(path.join(directory, 'tmp', name)).size === 0;
  return namesIn(directory, 'tmp').flatMap((name) => (isSpare(name) ? [] : [`tmp/${name} was left`]));
}

/** What a context has besides what it needs, when nobody is at work and its last two checkpoints were completed. */
export function strays(directory: string): string[] {
  const old = namesIn(directory, 'retired').map((name) => `retired/${name} was left`);
  // The epoch that is written to, the one before it, kept as a way back, and the way back from a migration.
  const more = ['epochs', 'previous', 'rollback'].filter((name) => namesIn(directory, name).length > 1);
  // What was taken out by the last collection is deleted by the next.
  const trash = namesIn(directory, 'blobs/trash').length > 1 ? ['blobs/trash has more than one in it'] : [];
  return [
    ...temporaries(directory),
    ...trash,
    ...old,
    ...more.map((name) => `${name} has more than one in it`),
  ];
}

function namesIn(directory: string, name: string): string[] {
  const inside = path.join(directory, name);
  return fs.existsSync(inside) ? fs.readdirSync(inside) : [];
}
