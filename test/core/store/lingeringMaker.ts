// Makes snapshots, and ends only when there is a file `may-end` in the context's directory.
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runSnapshotMaker } from '../../../src/core/store/snapshots.ts';

const directory = process.argv[3] ?? '';
await runSnapshotMaker(directory, readFileSync('node_modules/sql.js/dist/sql-wasm.wasm'), () => []);
while (!existsSync(path.join(directory, 'may-end'))) await delay(5);
