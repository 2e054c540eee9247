import { migrationFailed } from '../errors.ts';
import type { SqlReader, SqlView } from './sqlView.ts';

/** The statements that take the schema to the next version, `PRAGMA user_version` among them. One commit of the log. */
export type Migration = readonly string[];

/** The version of the schema that `view` has; 0 before there are any tables. */
export function schemaOf(view: SqlReader): number {
  const version = view.first('PRAGMA user_version')?.['user_version'];
  return typeof version === 'number' ? version : 0;
}

/**
 * Takes all the steps that `view` still lacks, and takes them back: only what can be done to the end is begun.
 * @throws PF-4010 when a step fails.
 */
export function rehearse(view: SqlView, migrations: readonly Migration[], directory: string): void {
  const from = schemaOf(view);
  if (from === migrations.length) return;
  view.run('BEGIN');
  try {
    for (const sql of migrations.slice(from).flat()) view.run(sql);
    // Otherwise its steps would be taken for ever.
    if (schemaOf(view) !== migrations.length) throw new Error('its steps do not lead there');
  } catch (cause) {
    throw migrationFailed(directory, from, migrations.length, cause);
  } finally {
    view.rollBack();
  }
}
