import { readFileSync } from 'node:fs';
import { runSnapshotMaker } from '../../../src/core/store/snapshots.ts';

await runSnapshotMaker(
  process.argv[3] ?? '',
  readFileSync('node_modules/sql.js/dist/sql-wasm.wasm'),
  () => [],
);
