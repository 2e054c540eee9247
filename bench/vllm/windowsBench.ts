import type { Bench, Setting } from '../bench.ts';
import { goalsAt, resultBeside, resultOf, type GoalAt, type Result } from '../result.ts';
import { realVllm, standin, type ServerKind } from './servers.ts';
import { WindowTimes, WORKS, type MeasuredServer, type Work } from './windowTimes.ts';

/** How many tokens conversations have, and how often each is measured. */
interface Lengths {
  readonly server: ServerKind;
  readonly tokens: readonly number[];
  readonly rounds: number;
}

const LENGTHS: readonly Lengths[] = [
  { server: standin, tokens: [1_024, 8_192, 16_384, 131_072], rounds: 20 },
  // Its context has 16,384 tokens, of which the last is the answer's.
  { server: realVllm, tokens: [1_024, 8_192, 16_000], rounds: 10 },
];

const QUICK_ROUNDS = 3;

/** What a person waits for, and what of that is our own. */
const OWN_GOALS: Readonly<Record<Work, readonly GoalAt[]>> = {
  'freeze session': [{ of: 'p50', atMost: 30, at: 8_192 }],
  'freeze messages': [{ of: 'p50', atMost: 30, at: 8_192 }],
  thaw: [],
};
const GOALS: Readonly<Record<Work, readonly GoalAt[]>> = {
  'freeze session': [{ of: 'p50', atMost: 500, at: 8_192 }],
  'freeze messages': [],
  thaw: [{ of: 'p50', atMost: 2_000, at: 8_192 }],
};

const ownName = (work: Work, { name }: ServerKind) => `${work}, own time, ${name}`;
const allName = (work: Work, { name }: ServerKind) => `${work}, in all, ${name}`;
const namesOf = (server: ServerKind) =>
  WORKS.flatMap((work) => [ownName(work, server), allName(work, server)]);

/**
 * Freezing and thawing conversations of some lengths: what it takes in all, and our own part of it beside the server's.
 * A session's blocks are cached by its last turn, so its freeze computes next to nothing; messages from elsewhere are
 * computed by the server as a whole.
 */
export const windowsBench: Bench = {
  measures: LENGTHS.flatMap(({ server }) => namesOf(server)),
  async run(setting) {
    const results: Result[] = [];
    for (const lengths of LENGTHS) {
      if (namesOf(lengths.server).some(setting.wanted)) results.push(...(await measureOn(lengths, setting)));
    }
    return results;
  },
};

async function measureOn({ server: kind, tokens, rounds }: Lengths, setting: Setting): Promise<Result[]> {
  const missing = await kind.missing();
  if (missing !== undefined) {
    setting.say(`left out, for want of ${kind.name} (${missing}): ${namesOf(kind).join('; ')}`);
    return [];
  }
  setting.say(`starting ${kind.name}`);
  const server = await kind.start();
  try {
    const results: Result[] = [];
    for (const n of tokens) {
      const times = await measure(server, n, setting.quick ? QUICK_ROUNDS : rounds, setting);
      results.push(...resultsOf(times, n, kind).filter(({ name }) => setting.wanted(name)));
    }
    return results;
  } finally {
    await server.close();
  }
}

async function measure(
  { url, model, apiKey }: MeasuredServer,
  tokens: number,
  rounds: number,
  { workplace, say }: Setting,
): Promise<WindowTimes> {
  say(`freezing and thawing ${tokens} tokens at ${url}`);
  const script = new URL('timeWindows.ts', import.meta.url);
  const directory = workplace.directory(`windows-${model}-${tokens}`);
  return WindowTimes.parse(
    await workplace.measure(script, { url, model, apiKey }, tokens, rounds, directory),
  );
}

function resultsOf(times: WindowTimes, n: number, kind: ServerKind): Result[] {
  return WORKS.flatMap((work) => {
    const { own, server, all } = times[work];
    const ofOwn = { name: ownName(work, kind), n, unit: 'ms', goals: goalsAt(n, OWN_GOALS[work]) } as const;
    const ofAll = { name: allName(work, kind), n, unit: 'ms', goals: goalsAt(n, GOALS[work]) } as const;
    return [resultBeside(ofOwn, "the server's time", { subject: own, rival: server }), resultOf(ofAll, all)];
  });
}
