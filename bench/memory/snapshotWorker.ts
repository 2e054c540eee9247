import { runSnapshotWorker } from '../../src/core/store/snapshots.ts';

await runSnapshotWorker();
