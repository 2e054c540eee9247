import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** How long calls that run may take to finish after a signal, in milliseconds, before they are cancelled. */
const FINISH_MS = 1500;
/** How long cancelled calls may take to say so. Together less than the 2 s after which the SDK's client kills. */
const CANCEL_MS = 300;

/**
 * Resolves when the clients are gone or a signal asked for the end, and every call has been answered. After the end
 * of input alone, calls may take their time: somebody may still read the answers. A second signal ends the process
 * at once, which loses nothing: what was acknowledged is on disk.
 * @param stopping cancels the calls that take too long
 */
export async function untilStopped(connection: Connection, stopping: AbortController): Promise<void> {
  const signalled = firstSignal();
  await Promise.race([connection.ended, signalled]);
  await Promise.race([connection.drain(), hurry(signalled, stopping)]);
  await connection.close();
}

async function hurry(signalled: Promise<void>, stopping: AbortController): Promise<void> {
  await signalled;
  await delay(FINISH_MS);
  stopping.abort();
  await delay(CANCEL_MS);
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first = true;
    const take = (): void => {
      if (!first) process.exit(1);
      first = false;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, take);
  });
}
