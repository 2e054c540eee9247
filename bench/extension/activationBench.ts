import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Setting } from '../bench.ts';
import { bundle } from '../bundle.ts';
import { contest, type Side } from '../contest.ts';
import { resultBeside, type Goal } from '../result.ts';

const ACTIVATION = 'extension activation';

/** Loading and activating the bundled extension, once in each of many fresh processes, with a stub for `vscode`. */
export const activationBench: Bench = {
  measures: [ACTIVATION],
  async run(setting) {
    const { workplace, say, quick } = setting;
    say('building the extension');
    const ours = path.join(await workplace.dist(), 'extension.js');
    const empty = path.join(workplace.directory('empty-extension'), 'extension.cjs');
    await bundle(fileURLToPath(new URL('emptyExtension.ts', import.meta.url)), empty);
    say(ACTIVATION);
    const rounds = { rounds: quick ? 3 : 25, turns: 1, warmUp: 2 };
    const measured = await contest(rounds, activating(ours, setting), activating(empty, setting));
    const goals: Goal[] = [{ of: 'p95', atMost: 50 }];
    const measure = { name: ACTIVATION, n: rounds.rounds, unit: 'ms', goals } as const;
    return [resultBeside(measure, 'empty extension', measured)];
  },
};

function activating(extension: string, { workplace }: Setting): Side {
  const script = fileURLToPath(new URL('activateOnce.ts', import.meta.url));
  return async () =>
    Number.parseFloat(await workplace.node(script, extension, workplace.directory('folder')));
}
