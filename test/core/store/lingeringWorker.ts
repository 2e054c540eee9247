// Makes snapshots, and ends only when there is a file `may-end` in the context's directory.
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import * as z from 'zod';
import { runSnapshotWorker } from '../../../src/core/store/snapshots.ts';

const { directory } = z.object({ directory: z.string() }).parse(workerData);
await runSnapshotWorker();
while (!existsSync(path.join(directory, 'may-end'))) await delay(5);
