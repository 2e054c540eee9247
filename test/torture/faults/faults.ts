import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { ENOUGH_FAILURES, type Harness, type Mutation, type Outcome, type Setting } from '../harness.ts';
import type { Process } from '../process.ts';
import { Random } from '../random.ts';
import { WORKS } from '../works.ts';
import type { Fault } from './failingDisk.ts';
import { tryMaking } from './making.ts';
import { Trial, type TrialOutcome } from './trial.ts';

const FAULTS: readonly Fault[] = [
  ...['ENOSPC', 'EIO', 'EACCES', 'EROFS'].flatMap((code): Fault[] => [
    { code, lasting: 'once' },
    { code, lasting: 'for good' },
  ]),
  { code: 'EIO', lasting: 'unsaid' },
];

/** What another process does after the one at work has looked. */
const MEANWHILE: readonly ((other: Process) => void)[] = [
  () => {},
  (other) => other.add('a commit'),
  (other) => {
    other.seal();
    other.add('after a seal');
  },
  (other) => {
    other.seal();
    other.makeSnapshots();
  },
];

/** Below the store, which tells what the file system said as it is. */
const RAW: ReadonlySet<string> = new Set<keyof typeof WORKS>([
  'closing the epoch',
  'making snapshots',
  'checkpointing',
  'collecting blobs',
]);

/** All of it at either scale: there is no more to be had by chance. */
export const faults: Harness = {
  name: 'faults',
  promise:
    'No failing file operation makes a false acknowledgement; reads go on, and writes do when the disk does.',
  run: (setting) => Promise.resolve(failEverything(setting)),
};

/** @param mutate to see that it is noticed when what fails is taken for done */
export function failEverything(setting: Setting, mutate: Mutation = (files) => files): Outcome {
  const failures: string[] = [];
  let tried = 0;
  for (const { what, fault, outcome } of trials(setting, mutate)) {
    tried += outcome.tried;
    if (outcome.failure === undefined) continue;
    const at = `${what}, ${fault.code} ${fault.lasting}, at operation ${outcome.tried}`;
    failures.push(`${at}: ${outcome.failure}`);
    if (failures.length === ENOUGH_FAILURES) break;
  }
  return { tried: `${tried.toLocaleString('en')} faults`, failures };
}

interface Tried {
  readonly what: string;
  readonly fault: Fault;
  readonly outcome: TrialOutcome;
}

function* trials({ seed, directory }: Setting, mutate: Mutation): Iterable<Tried> {
  for (const [index, fault] of FAULTS.entries()) {
    const outcome = tryMaking(path.join(directory, `making ${index}`), fault, mutate);
    yield { what: 'making a context', fault, outcome };
  }
  for (const [what, work] of Object.entries(WORKS)) {
    const home = path.join(directory, what);
    mkdirSync(home);
    using trial = new Trial(home, new Random(seed), mutate);
    for (const [index, fault] of FAULTS.entries()) {
      const meanwhile = MEANWHILE[index % MEANWHILE.length] ?? (() => {});
      yield { what, fault, outcome: trial.run({ work, meanwhile, fault, isRaw: RAW.has(what) }) };
    }
  }
}
