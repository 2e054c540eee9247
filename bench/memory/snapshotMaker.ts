import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemoryIndex } from '../../src/core/memory/memoryIndex.ts';
import { runSnapshotMaker } from '../../src/core/store/snapshots.ts';
import { loadSqlEngine } from '../../src/core/store/sqlView.ts';

const wasm = readFileSync(fileURLToPath(import.meta.resolve('sql.js/dist/sql-wasm.wasm')));
await runSnapshotMaker(process.argv[3] ?? '', loadSqlEngine(wasm), (blobs) => [new MemoryIndex(blobs)]);
