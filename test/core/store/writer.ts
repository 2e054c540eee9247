// A process that writes to a context and prints each number that was acknowledged, at once.
//   writer.ts DIRECTORY NAME COUNT [CHECKPOINT_EVERY]
// Each write is a batch of rows, and one more on a counter that all writers share.
import { readFileSync, writeSync } from 'node:fs';
import { DirectoryLog } from '../../../src/core/log/directoryLog.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { loadSqlEngine } from '../../../src/core/store/sqlView.ts';
import { Store } from '../../../src/core/store/store.ts';

const [directory = '', name = '', count = '0', checkpointEvery = '0'] = process.argv.slice(2);
const BATCH = 5;

const engine = await loadSqlEngine(readFileSync('node_modules/sql.js/dist/sql-wasm.wasm'));
const requestSnapshot = (of: string): void => {
  makeSnapshots(of, engine);
};

writeSync(1, 'ready\n');
process.stdin.once('data', () => {
  const store = Store.open(directory, { engine, now: Date.now, requestSnapshot });
  for (let number = 1; number <= Number(count); number++) {
    writeBatch(store, number);
    writeSync(1, `${number}\n`);
    if (number % Number(checkpointEvery) === 0) checkpoint(store);
  }
  process.exit();
});

function writeBatch(store: Store, number: number): void {
  store.write((tx) => {
    const counter = tx.first(`SELECT created_at AS n FROM relations WHERE from_id = 'counter'`)?.['n'];
    if (counter === undefined) tx.run(`INSERT INTO relations VALUES ('counter', '', '', 1)`);
    else tx.run(`UPDATE relations SET created_at = ? WHERE from_id = 'counter'`, [Number(counter) + 1]);
    for (let row = 0; row < BATCH; row++) {
      tx.run('INSERT INTO relations VALUES (?, ?, ?, ?)', [name, String(row), String(number), number]);
    }
  });
}

function checkpoint(store: Store): void {
  const log = new DirectoryLog(directory, store.identity.id);
  log.rewind();
  for (let step = log.next(); step.kind !== 'end'; step = log.next()) if (step.kind === 'gone') log.rewind();
  if (log.trySeal(new Date().toISOString())) requestSnapshot(directory);
}
