import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The stand-in for vLLM in a process of its own, so that what it does is not measured with what asks it. */
export class StandinProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** @param options what is not as a stand-in has it by itself, by the names of its command line */
  static async start(options: Readonly<Record<string, number>> = {}): Promise<StandinProcess> {
    const script = fileURLToPath(new URL('../../test/vllm/standin/main.ts', import.meta.url));
    const given = Object.entries({ port: 0, 'ms-per-token': 0, ...options });
    const args = [script, ...given.map(([name, value]) => `--${name}=${value}`)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(child.stdout)) {
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url !== undefined) return new StandinProcess(url, child);
    }
    throw new Error('the stand-in ended before it said where it is');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
