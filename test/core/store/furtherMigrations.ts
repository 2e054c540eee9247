import type { Migration } from '../../../src/core/store/migrate.ts';
import { migrations } from '../../../src/core/store/schema.ts';

/** The migrations of this build and, as in builds to come, some after them: each adds a column to memories. */
export function migrationsTo(version: number): Migration[] {
  const further = Array.from({ length: version - migrations.length }, (_, at) => {
    const to = migrations.length + at + 1;
    return [
      `ALTER TABLE memories ADD COLUMN added_${to} INTEGER NOT NULL DEFAULT 0`,
      `UPDATE memories SET added_${to} = size + ${to}`,
      `PRAGMA user_version = ${to}`,
    ];
  });
  return [...migrations, ...further];
}
