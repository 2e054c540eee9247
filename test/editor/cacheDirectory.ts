import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';

/** Where the harness keeps what is costly to make: `$XDG_CACHE_HOME/permafrost`, by default `~/.cache/permafrost`. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'permafrost');
}

/**
 * Fills a directory all or nothing: `fill` works in a directory beside it, which is renamed when it is done. So an
 * interrupted install is never taken for a whole one, and of two at once the second to finish gives way.
 */
export async function installInto(target: string, fill: (staging: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  const staging = partialName(target);
  await mkdir(staging);
  try {
    await fill(staging);
    await publish(staging, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Removes what `installInto` made: aside first, so that it is never seen half removed. */
export async function removeInstalled(target: string): Promise<void> {
  const aside = partialName(target);
  await rename(target, aside);
  await rm(aside, { recursive: true, force: true });
}

/** The name says who works on it, see `removeAbandoned`. */
function partialName(target: string): string {
  return `${target}.${process.pid}-${randomBytes(3).toString('hex')}.partial`;
}

async function publish(staging: string, target: string): Promise<void> {
  try {
    await rename(staging, target);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

/** Removes what installs that were killed left behind; one whose process still lives is left alone. */
async function removeAbandoned(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    const pid = partialOf(basename(target), name);
    if (pid !== undefined && !isAlive(pid))
      await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function partialOf(target: string, name: string): number | undefined {
  if (!name.startsWith(`${target}.`)) return undefined;
  const match = /^(\d+)-[0-9a-f]{6}\.partial$/.exec(name.slice(target.length + 1));
  return match ? Number(match[1]) : undefined;
}

/** Whether a process with this id is running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
