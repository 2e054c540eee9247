import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { loadSqlEngine } from '../../../src/core/store/sqlView.ts';

/** sql.js as it ships. */
export const newEngine = () =>
  loadSqlEngine(readFileSync(path.resolve('node_modules/sql.js/dist/sql-wasm.wasm')));

/** Loaded once for all tests. */
export const engine = await newEngine();
