import { statSync } from 'node:fs';
import * as path from 'node:path';
import type { Bench } from '../bench.ts';
import { resultBeside, type Goal } from '../result.ts';

const SIZE = 'vsix size';
const LIMIT = 2_000_000;

/** So that it packages in a clone that has no address yet; the size is the same to a few bytes. */
const ANYWHERE = ['--allow-missing-repository', '--no-rewrite-relative-links'];

/** What users download. */
export const vsixBench: Bench = {
  measures: [SIZE],
  async run({ workplace, say }) {
    say('packaging the extension');
    await workplace.dist();
    const vsix = path.join(workplace.directory('vsix'), 'permafrost.vsix');
    await workplace.node(
      'node_modules/.bin/vsce',
      'package',
      '--no-dependencies',
      ...ANYWHERE,
      '--out',
      vsix,
    );
    const goals: Goal[] = [{ of: 'p50', atMost: LIMIT }];
    const measure = { name: SIZE, n: 1, unit: 'bytes', goals } as const;
    return [resultBeside(measure, 'limit', { subject: [statSync(vsix).size], rival: [LIMIT] })];
  },
};
