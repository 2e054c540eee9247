import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Setting } from '../bench.ts';
import { Contest } from '../contest.ts';
import { median, resultOf, type Goal, type Result } from '../result.ts';

const WHOLE = 'proxy overhead, chat';
const STREAMED = 'proxy overhead, first token of a streamed chat';
const TOKEN = 'bench';

/**
 * What `permafrost proxy` adds to a request of a client that waits for each answer: the stand-in asked through it less
 * the stand-in asked directly. All three are processes of their own, and every request begins a conversation, which the
 * proxy records while the next one comes.
 */
export const proxyBench: Bench = {
  measures: [WHOLE, STREAMED],
  async run(setting) {
    const standin = await startStandin(setting);
    const proxy = await startProxy(setting, standin.url);
    try {
      const results: Result[] = [];
      for (const [name, kind] of [
        [WHOLE, 'whole'],
        [STREAMED, 'streamed'],
      ] as const)
        if (setting.wanted(name)) results.push(await compare(setting, name, kind, proxy.url, standin.url));
      return results;
    } finally {
      await proxy.close();
      await standin.close();
    }
  },
};

async function compare(
  { workplace, say, quick }: Setting,
  name: string,
  kind: 'whole' | 'streamed',
  proxy: string,
  standin: string,
): Promise<Result> {
  say(name);
  const rounds = quick ? 5 : 40;
  const script = new URL('askBoth.ts', import.meta.url);
  const { subject, rival } = Contest.parse(
    await workplace.measure(script, rounds, kind, proxy, standin, TOKEN),
  );
  const direct = median(rival);
  const goals: Goal[] = [{ of: 'p50', atMost: 2 }];
  const measure = { name, n: subject.length, unit: 'ms', goals } as const;
  return resultOf(
    measure,
    subject.map((milliseconds) => milliseconds - direct),
  );
}

interface Running {
  readonly url: string;
  close(): Promise<void>;
}

function startStandin({ workplace }: Setting): Promise<Running> {
  const script = path.join(workplace.root, 'test/vllm/standin/main.ts');
  return start([script, '--port', '0', '--ms-per-token', '0'], {}, 'stdout');
}

async function startProxy({ workplace, say }: Setting, vllm: string): Promise<Running> {
  say('building the proxy');
  const server = path.join(await workplace.dist(), 'mcp-server.js');
  const context = workplace.directory('proxy-context');
  const env = { PERMAFROST_HOME: workplace.directory('proxy-home') };
  const args = ['--port', '0', '--token', TOKEN, '--vllm', vllm, '--context', context];
  return start([server, 'proxy', ...args], env, 'stderr');
}

/** Starts a server that tells its address; resolves when it has. */
async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  tells: 'stdout' | 'stderr',
): Promise<Running> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  for await (const line of createInterface({ input: child[tells] })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url === undefined) continue;
    child[tells].resume();
    return {
      url,
      close: async () => {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error(`${args.join(' ')} ended before it listened`);
}
