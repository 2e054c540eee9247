import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Setting } from '../bench.ts';
import { Contest } from '../contest.ts';
import { median, resultOf, type Goal, type Result } from '../result.ts';
import { StandinProcess } from './standinProcess.ts';

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
    const standin = await StandinProcess.start();
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

interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

async function startProxy({ workplace, say }: Setting, vllm: string): Promise<Proxy> {
  say('building the proxy');
  const server = path.join(await workplace.dist(), 'mcp-server.js');
  const context = workplace.directory('proxy-context');
  const env = { PERMAFROST_HOME: workplace.directory('proxy-home') };
  const args = ['--port', '0', '--token', TOKEN, '--vllm', vllm, '--context', context];
  const child = spawn(process.execPath, [server, 'proxy', ...args], { env: { ...process.env, ...env } });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stderr.resume();
    return {
      url,
      close: async () => {
        child.kill('SIGTERM');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error('the proxy ended before it listened');
}
