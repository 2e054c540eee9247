import * as fs from 'node:fs';
import * as path from 'node:path';
import { nodeFiles, type FileOps } from '../../../src/core/log/files.ts';

/** File operations that are broken on purpose, to see that a harness notices. */
const MUTANTS = {
  /** A commit's file is made in two pieces, so a kill can leave half of it. */
  'publishes halves': {
    linkSync: (from, to) => {
      const bytes = fs.readFileSync(from);
      if (fs.existsSync(to)) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
      fs.writeFileSync(to, bytes.subarray(0, bytes.length / 2));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
      fs.appendFileSync(to, bytes.subarray(bytes.length / 2));
    },
  },
  /** Of two that are the first to make a file, both are. */
  'replaces what is there': { linkSync: (from, to) => fs.renameSync(from, to) },
  /** Acknowledges a commit that is not there. */
  'loses commits': {
    linkSync: (from, to) => {
      if (!/[05]\.tx$/.test(String(to))) fs.linkSync(from, to);
    },
  },
  /** Does not see the commits of others, one time in ten. */
  'looks away': {
    existsSync: (file) => fs.existsSync(file) && !(String(file).endsWith('.tx') && looks++ % 10 === 0),
  },
  /** Makes the directory of a commit again when it is gone. */
  'makes epochs again': {
    linkSync: (from, to) => {
      fs.mkdirSync(path.dirname(String(to)), { recursive: true });
      fs.linkSync(from, to);
    },
  },
} satisfies Record<string, Partial<FileOps>>;

export type Mutant = keyof typeof MUTANTS | typeof SPLITS_BATCHES;

/** What was to be one commit is one for each memory. Not a matter of files. */
export const SPLITS_BATCHES = 'splits batches';

let looks = 0;

export function filesOf(mutant: string): FileOps {
  return { ...nodeFiles, ...Object.entries(MUTANTS).find(([name]) => name === mutant)?.[1] };
}
