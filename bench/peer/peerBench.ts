import * as path from 'node:path';
import type { Bench, Setting } from '../bench.ts';
import { contest } from '../contest.ts';
import { Corpus } from '../corpus/corpus.ts';
import { RunningServer, timeToFirstAnswer } from '../mcp/server.ts';
import { readMaterial, scattered } from '../memory/contestant.ts';
import { goalsAt, resultBeside, type Goal, type Result } from '../result.ts';
import { keptBeside, WRITES } from './keptWrites.ts';
import { PEER_CALLS, type PeerCall, type Questions } from './peerCalls.ts';
import { permafrost, referenceName, referenceServer, type Peer } from './peers.ts';

const START = 'peer start to first answer';
const LARGEST = 'peer largest answer';
const KEPT = `peer kept of ${WRITES} from two`;

/** The reference server reads and writes all it has at each call: at ten times as much, one takes about a second. */
const MOST = 10_000;
const FRESH = 100;
const PHRASES = 800;

/** The bundled MCP server beside the reference server for memories, both over stdio, with the same memories. */
export const peerBench: Bench = {
  measures: [START, ...PEER_CALLS.map(({ name }) => name), LARGEST, KEPT],
  async run(setting) {
    const results: Result[] = [];
    for (const scale of setting.scales.filter((each) => each <= MOST)) {
      results.push(...(await atScale(scale, setting)));
    }
    if (setting.wanted(KEPT)) results.push(await kept(setting));
    return results;
  },
};

/** Two servers with the same memories, and what can be asked of both. */
interface Pair extends Questions {
  readonly scale: number;
  readonly ours: Peer;
  readonly theirs: Peer;
}

async function atScale(scale: number, setting: Setting): Promise<Result[]> {
  const { wanted, say } = setting;
  say(`the reference server, ${scale} memories`);
  const pair = await makePair(scale, setting);
  const results = wanted(START) ? [await starts(pair, setting)] : [];
  const servers = [
    await RunningServer.start(pair.ours.command),
    await RunningServer.start(pair.theirs.command),
  ] as const;
  try {
    for (const row of PEER_CALLS.filter(({ name }) => wanted(name)))
      results.push(await asked(row, pair, servers, setting));
    if (wanted(LARGEST)) results.push(await largest(pair, servers));
    return results;
  } finally {
    for (const server of servers) await server.close();
  }
}

async function makePair(scale: number, { workplace, filled }: Setting): Promise<Pair> {
  const corpus = new Corpus();
  const memories = corpus.memories(scale);
  const { ours } = await filled.at(scale);
  const script = path.join(await workplace.dist(), 'mcp-server.js');
  return {
    scale,
    phrases: corpus.phrases(PHRASES, memories),
    fresh: corpus.memories(FRESH),
    ours: permafrost(script, ours.directory, readMaterial(ours).ids),
    theirs: referenceServer(workplace.directory(`reference-${scale}`), memories),
  };
}

async function starts({ scale, ours, theirs }: Pair, { quick }: Setting): Promise<Result> {
  const start = ({ command, read, keys }: Peer) => {
    return (turn: number) => timeToFirstAnswer(command, read(scattered(keys, turn)));
  };
  const measured = await contest({ rounds: quick ? 2 : 10, turns: 1, warmUp: 1 }, start(ours), start(theirs));
  return resultBeside({ name: START, n: scale, unit: 'ms', goals: [] }, referenceName(), measured);
}

async function asked(
  { name, rounds, goals, ask }: PeerCall,
  pair: Pair,
  [ours, theirs]: readonly [RunningServer, RunningServer],
  { quick }: Setting,
): Promise<Result> {
  const measured = await contest(
    quick ? { ...rounds, rounds: 3 } : rounds,
    (turn) => ours.time(ask(pair.ours, pair, turn)),
    (turn) => theirs.time(ask(pair.theirs, pair, turn)),
  );
  const measure = { name, n: pair.scale, unit: 'ms', goals: goalsAt(pair.scale, goals) } as const;
  return resultBeside(measure, referenceName(), measured);
}

/** Of ten of each call. */
async function largest(pair: Pair, [ours, theirs]: readonly [RunningServer, RunningServer]): Promise<Result> {
  const goals: Goal[] = [{ of: 'p50', atMost: 1_000_000 }];
  const measure = { name: LARGEST, n: pair.scale, unit: 'bytes', goals } as const;
  return resultBeside(measure, referenceName(), {
    subject: [await largestOf(ours, pair.ours, pair)],
    rival: [await largestOf(theirs, pair.theirs, pair)],
  });
}

async function largestOf(server: RunningServer, peer: Peer, questions: Questions): Promise<number> {
  let most = 0;
  for (const { name, ask } of PEER_CALLS) {
    for (let turn = 0; turn < (name === 'peer list' ? 1 : 10); turn++) {
      const answer = await server.answer(ask(peer, questions, FRESH - 1 - turn));
      most = Math.max(most, Buffer.byteLength(JSON.stringify(answer)));
    }
  }
  return most;
}

async function kept({ workplace, say }: Setting): Promise<Result> {
  say(KEPT);
  const script = path.join(await workplace.dist(), 'mcp-server.js');
  const measured = await keptBeside(
    permafrost(script, workplace.directory('kept'), []),
    referenceServer(workplace.directory('kept-reference'), []),
    new Corpus().memories(WRITES),
  );
  const goals: Goal[] = [{ of: 'p50', atLeast: WRITES }];
  return resultBeside({ name: KEPT, n: WRITES, unit: 'memories', goals }, referenceName(), measured);
}
