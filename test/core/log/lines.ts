import { spawn, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();

afterEach(() => running.forEach((child) => child.kill('SIGKILL')));

interface LineProcess {
  readonly child: ChildProcess;
  /** All that it printed, when it has ended. */
  readonly done: Promise<string[]>;
}

/**
 * Runs the script `file` (relative to the project) in a process of its own; killed after the test at the latest.
 * @param onLine is told of each line that it prints
 */
function runLines(
  file: string,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): LineProcess {
  const child = spawn(process.execPath, [path.resolve(file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line);
  });
  const done = new Promise<string[]>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve(lines);
    });
  });
  return { child, done };
}

/** Starts one process for each of `argsOfEach`, waits until all printed `ready`, lets all go at once. */
export async function race(file: string, argsOfEach: readonly (readonly string[])[]): Promise<string[][]> {
  const all = argsOfEach.map((args) => {
    const ready = Promise.withResolvers<void>();
    const started = runLines(file, args, (line) => {
      if (line === 'ready') ready.resolve();
    });
    return { ...started, ready: Promise.race([ready.promise, started.done]) };
  });
  await Promise.all(all.map(({ ready }) => ready));
  for (const { child } of all) child.stdin?.write('go\n');
  return Promise.all(all.map(async ({ done }) => (await done).filter((line) => line !== 'ready')));
}
