import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Setting } from '../bench.ts';
import { bundle } from '../bundle.ts';
import { contest, measure, timed } from '../contest.ts';
import { Corpus } from '../corpus/corpus.ts';
import { fill } from '../memory/fill.ts';
import { openPermafrost } from '../memory/permafrostMemories.ts';
import { median, resultOf, type Goal, type Result } from '../result.ts';
import { RunningServer, timeToFirstAnswer, type ServerCall } from './server.ts';

const START = 'mcp start to first answer';
const CALL = 'mcp call over the core';
const YARDSTICK = 'bare MCP SDK server';
const HELD = 100;

/** The bundled MCP server beside the SDK's, each in a process of its own, asked by the SDK's client over stdio. */
export const mcpBench: Bench = {
  measures: [START, CALL],
  async run(setting) {
    const context = await makeContext(setting);
    const rival = await bareServer(setting);
    const results: Result[] = [];
    if (setting.wanted(START)) results.push(await starts(setting, context, rival));
    if (setting.wanted(CALL)) results.push(await calls(setting, context, rival));
    return results;
  },
};

interface Context {
  readonly directory: string;
  readonly server: string;
  readonly id: string;
}

async function makeContext({ workplace, say }: Setting): Promise<Context> {
  say('building the MCP servers');
  const server = path.join(await workplace.dist(), 'mcp-server.js');
  const directory = workplace.directory('mcp-context');
  const engine = await openPermafrost(directory);
  const [id = ''] = fill(engine, new Corpus().memories(HELD));
  await engine.close();
  return { directory, server, id };
}

async function bareServer({ workplace }: Setting): Promise<ServerCall> {
  const outfile = path.join(workplace.directory('bare'), 'server.cjs');
  await bundle(fileURLToPath(new URL('bareServer.ts', import.meta.url)), outfile);
  return { args: [outfile], tool: 'read', input: { id: 'one' } };
}

/** The first answer is a memory: the context is open by then. */
async function starts({ say, quick }: Setting, context: Context, rival: ServerCall): Promise<Result> {
  say(START);
  const measured = await contest(
    { rounds: quick ? 3 : 20, turns: 1, warmUp: 2 },
    () => timeToFirstAnswer(readingOne(context)),
    () => timeToFirstAnswer(rival),
  );
  const goals: Goal[] = [
    { of: 'p50 ratio', atMost: 1.5 },
    { of: 'p50', atMost: 400 },
  ];
  return resultOf({ name: START, n: HELD, unit: 'ms', yardstick: YARDSTICK, goals }, measured);
}

/** What a call costs beside the work: the round trip of reading one memory, less what the core takes for it. */
async function calls({ say, quick }: Setting, context: Context, rival: ServerCall): Promise<Result> {
  say(CALL);
  const core = await coreTime(context);
  const ours = await RunningServer.start(readingOne(context));
  const theirs = await RunningServer.start(rival);
  try {
    const measured = await contest(
      { rounds: quick ? 5 : 40, turns: 50, warmUp: 5 },
      async () => (await ours.time()) - core,
      () => theirs.time(),
    );
    const goals: Goal[] = [{ of: 'p50', atMost: 0.3 }];
    return resultOf({ name: CALL, n: HELD, unit: 'ms', yardstick: YARDSTICK, goals }, measured);
  } finally {
    await theirs.close();
    await ours.close();
  }
}

async function coreTime({ directory, id }: Context): Promise<number> {
  const engine = await openPermafrost(directory);
  const read = timed(
    () => engine.read(id),
    (content) => content !== undefined,
  );
  try {
    return median(await measure(read, 2_000));
  } finally {
    await engine.close();
  }
}

function readingOne({ server, directory, id }: Context): ServerCall {
  return { args: [server, '--context', directory], tool: 'memory_read', input: { ids: [id] } };
}
