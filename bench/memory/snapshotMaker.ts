import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemoryIndex } from '../../src/core/memory/memoryIndex.ts';
import { runSnapshotMaker } from '../../src/core/store/snapshots.ts';

const wasm = readFileSync(fileURLToPath(import.meta.resolve('sql.js/dist/sql-wasm.wasm')));
await runSnapshotMaker(process.argv[3] ?? '', wasm, (blobs) => [new MemoryIndex(blobs)]);
