import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Runs a program to its end, its output kept; rejects with the last lines when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = await once(child, 'close');
  if (code === 0) return output;
  throw new Error(
    `\`${[command, ...args].join(' ')}\` ended with ${code ?? signal}:\n${lastLines(output, 15)}`,
  );
}

/** The last lines of a program's output: what is worth showing of a failure. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}

const groups = new Set<number>();

/** Starts a program as the leader of a process group: it and its children end by `endGroup`, or with this process. */
export function spawnGroup(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) return child;
  if (groups.size === 0) process.once('exit', killGroups);
  groups.add(pid);
  return child;
}

function killGroups(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
}

/** Ends a process that `spawnGroup` started, and its group with it; `SIGKILL` after five seconds. */
export async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode !== null || child.signalCode !== null;
  const exit = ended ? Promise.resolve() : once(child, 'exit').then(() => undefined);
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(signalGroup, 5000, child.pid, 'SIGKILL');
  await exit;
  clearTimeout(timer);
  // The leader is gone; whoever of the group outlived it goes too.
  signalGroup(child.pid, 'SIGKILL');
  groups.delete(child.pid);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The first of these programs that can be run: each a name to look for on PATH, or a path. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? ['.cmd', '.exe', ''] : [''];
  const candidates = names.flatMap((name) =>
    name.includes('/') ? [name] : folders.flatMap((folder) => endings.map((end) => join(folder, name + end))),
  );
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
