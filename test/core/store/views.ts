import { createHash } from 'node:crypto';
import type { Row, SqlReader } from '../../../src/core/store/sqlView.ts';
import type { Store } from '../../../src/core/store/store.ts';

/** A hash of all that is in all tables, whatever file it came from: equal when the states are equal. */
export function fingerprint(store: Pick<Store, 'read'>): string {
  return store.read((view) => {
    const tables = view.all(`SELECT name, sql FROM sqlite_master ORDER BY name`);
    const rows = tables.map(({ name }) => sorted(view, String(name)));
    return createHash('sha256')
      .update(JSON.stringify([view.first('PRAGMA user_version'), tables, rows]))
      .digest('hex');
  });
}

function sorted(view: SqlReader, name: string): string[] {
  const isTable = view.first(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, [name]);
  return isTable === undefined ? [] : view.all(`SELECT * FROM "${name}"`).map(asText).toSorted();
}

function asText(row: Row): string {
  return JSON.stringify(Object.entries(row).map(([column, value]) => [column, typeof value, value]));
}

/** Adds one row, `name`, which `names` then gives. */
export function add(store: Store, name: string): void {
  store.write((tx) => tx.run('INSERT INTO relations VALUES (?, ?, ?, ?)', [name, 'to', 'relates_to', 0]));
}

/** The rows that were added, in the order of their names. */
export function names(store: Store): string[] {
  return store
    .read((view) => view.all('SELECT from_id FROM relations ORDER BY from_id'))
    .map((row) => String(row['from_id']));
}
