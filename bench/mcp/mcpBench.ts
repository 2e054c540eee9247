import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Setting } from '../bench.ts';
import { bundle } from '../bundle.ts';
import { contest, measure, timed } from '../contest.ts';
import { Corpus } from '../corpus/corpus.ts';
import { openPermafrost } from '../memory/permafrostMemories.ts';
import { median, resultBeside, type Goal, type Result } from '../result.ts';
import { RunningServer, timeToFirstAnswer, type ServerCommand, type ToolCall } from './server.ts';

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

/** A server, and the call whose answers are timed. */
interface Contender {
  readonly command: ServerCommand;
  readonly call: ToolCall;
}

interface Context extends Contender {
  readonly directory: string;
  readonly id: string;
}

async function makeContext({ workplace, say }: Setting): Promise<Context> {
  say('building the MCP servers');
  const server = path.join(await workplace.dist(), 'mcp-server.js');
  const directory = workplace.directory('mcp-context');
  const engine = await openPermafrost(directory);
  const [id = ''] = engine.create(new Corpus().memories(HELD));
  await engine.close();
  const env = { PERMAFROST_HOME: workplace.directory('mcp-home') };
  const command = { args: [server, '--context', directory], env };
  return { directory, id, command, call: { tool: 'memory_read', input: { ids: [id] } } };
}

async function bareServer({ workplace }: Setting): Promise<Contender> {
  const outfile = path.join(workplace.directory('bare'), 'server.cjs');
  await bundle(fileURLToPath(new URL('bareServer.ts', import.meta.url)), outfile);
  return { command: { args: [outfile] }, call: { tool: 'read', input: { id: 'one' } } };
}

/** The first answer is a memory: the context is open by then. */
async function starts({ say, quick }: Setting, context: Context, rival: Contender): Promise<Result> {
  say(START);
  const measured = await contest(
    { rounds: quick ? 3 : 20, turns: 1, warmUp: 2 },
    () => timeToFirstAnswer(context.command, context.call),
    () => timeToFirstAnswer(rival.command, rival.call),
  );
  const goals: Goal[] = [
    { of: 'p50 ratio', atMost: 1.5 },
    { of: 'p50', atMost: 400 },
  ];
  return resultBeside({ name: START, n: HELD, unit: 'ms', goals }, YARDSTICK, measured);
}

/** What a call costs beside the work: the round trip of reading one memory, less what the core takes for it. */
async function calls({ say, quick }: Setting, context: Context, rival: Contender): Promise<Result> {
  say(CALL);
  const core = await coreTime(context);
  const ours = await RunningServer.start(context.command);
  const theirs = await RunningServer.start(rival.command);
  try {
    const measured = await contest(
      { rounds: quick ? 5 : 40, turns: 50, warmUp: 5 },
      async () => (await ours.time(context.call)) - core,
      () => theirs.time(rival.call),
    );
    const goals: Goal[] = [{ of: 'p50', atMost: 0.3 }];
    return resultBeside({ name: CALL, n: HELD, unit: 'ms', goals }, YARDSTICK, measured);
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
