import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isVllmInstalled } from '../../test/vllm/install.ts';
import { startRealVllm } from '../../test/vllm/real.ts';
import { MeasuredServer } from './windowTimes.ts';

/** A server that windows are measured on. */
export interface ServerKind {
  readonly name: string;
  /** Why it cannot be measured on here; undefined when it can. */
  readonly missing: () => Promise<string | undefined>;
  readonly start: () => Promise<MeasuredServer & { close(): Promise<void> }>;
}

export const standin: ServerKind = {
  name: 'stand-in',
  missing: () => Promise.resolve(undefined),
  start: async () => {
    const script = fileURLToPath(new URL('standinServer.ts', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      ended.then(() => Promise.reject(new Error('the stand-in did not start'))),
    ]);
    const close = async (): Promise<void> => {
      child.stdin.end();
      await ended;
    };
    return { ...MeasuredServer.parse(JSON.parse(String(line))), close };
  },
};

export const realVllm: ServerKind = {
  name: 'vLLM on the CPU',
  missing: async () => ((await isVllmInstalled()) ? undefined : 'npm run contract installs it'),
  start: () => startRealVllm(),
};
