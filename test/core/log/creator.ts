// A process that tries to be the first to make each of many files, and prints those that it made.
import * as path from 'node:path';
import { writeSync } from 'node:fs';
import { createExclusive, nodeFiles } from '../../../src/core/log/files.ts';

const [directory = '', name = '', count = '0'] = process.argv.slice(2);

writeSync(1, 'ready\n');
process.stdin.once('data', () => {
  for (let at = 0; at < Number(count); at++) {
    const made = createExclusive(
      nodeFiles,
      path.join(directory, 'tmp'),
      path.join(directory, String(at)),
      Buffer.from(name.repeat(1000)),
    );
    if (made) writeSync(1, `${at}\n`);
  }
  process.exit();
});
