import { runSnapshotMaker } from '../../../src/core/store/snapshots.ts';
import { engine } from './engine.ts';

await runSnapshotMaker(process.argv[3] ?? '', Promise.resolve(engine), () => []);
