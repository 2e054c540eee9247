import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { loadSqlEngine } from '../../../src/core/store/sqlView.ts';

/** sql.js as it ships, loaded once for all tests. */
export const engine = await loadSqlEngine(
  readFileSync(path.resolve('node_modules/sql.js/dist/sql-wasm.wasm')),
);
