// Makes snapshots, and ends only when there is a file `may-end` in the context's directory.
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runSnapshotMaker } from '../../../src/core/store/snapshots.ts';
import { engine } from './engine.ts';

const directory = process.argv[3] ?? '';
await runSnapshotMaker(directory, Promise.resolve(engine), () => []);
while (!existsSync(path.join(directory, 'may-end'))) await delay(5);
