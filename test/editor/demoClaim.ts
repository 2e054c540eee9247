import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './cacheDirectory.ts';

/**
 * Takes the demo's directory for this process, for two demos at once would overwrite each other's settings. Gives what
 * frees it again; rejects while another demo runs.
 */
export async function claimDemo(demo: string): Promise<() => Promise<void>> {
  await mkdir(demo, { recursive: true });
  const file = join(demo, 'running.pid');
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (holder > 0 && isAlive(holder)) {
    throw new Error(
      `The demo already runs, as process ${holder}. End it first (if it is something else, delete ${file}).`,
    );
  }
  await writeFile(file, String(process.pid));
  return () => rm(file, { force: true });
}
