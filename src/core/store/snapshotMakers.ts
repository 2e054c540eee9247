import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { internal } from '../errors.ts';

/** The first argument of a script that is to make snapshots; the second is the context's directory. */
export const MAKE_SNAPSHOTS = 'make-snapshots';

/**
 * Makes snapshots in processes of their own, one at a time for each context: a snapshot needs a second copy of the
 * database for a moment, and its memory is given back when the process ends.
 */
export class SnapshotMakers {
  readonly #script: string;
  readonly #failed: (cause: unknown) => void;
  readonly #running = new Map<string, Promise<void>>();
  /** Settles when the last one asked for has a process. */
  #begun: Promise<unknown> = Promise.resolve();
  /** Asked for while one was running that may be past that place. */
  readonly #again = new Set<string>();

  /**
   * @param script what does the work when it is started with MAKE_SNAPSHOTS and a directory
   * @param failed is told of a snapshot that could not be made: nothing is lost, opening stays slower
   */
  constructor(script: string, failed: (cause: unknown) => void) {
    this.#script = script;
    this.#failed = failed;
  }

  readonly request = (directory: string): void => {
    if (this.#running.has(directory)) {
      this.#again.add(directory);
      return;
    }
    const begun = this.#begin(directory);
    this.#begun = Promise.allSettled([this.#begun, begun]);
    const ended = begun.then((maker) => endOf(maker, directory)).catch(this.#failed);
    this.#running.set(
      directory,
      ended.then(() => {
        this.#running.delete(directory);
        if (this.#again.delete(directory)) this.request(directory);
      }),
    );
  };

  /** Waits until those that were asked for have begun: from then on they need nothing from this process, which may end. */
  async begun(): Promise<void> {
    await this.#begun;
  }

  /** Waits for those that run. One that found another process at work has left its wish to that one, and waits for nothing. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #begin(directory: string): Promise<Maker> {
    // In the extension host Node is the editor's program, which is Node only when it is told so.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const { spawn } = await import('node:child_process'); // Here, for no start need wait 3 ms for it.
    return spawn(process.execPath, [this.#script, MAKE_SNAPSHOTS, directory], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
  }
}

type Maker = ChildProcessByStdio<null, null, Readable>;

/** Waits for the end of a process. @throws PF-9001 with what it said when it failed */
async function endOf(maker: Maker, directory: string): Promise<void> {
  const said: string[] = [];
  maker.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    maker.once('error', reject);
    maker.once('close', resolve);
  });
  if (code !== 0) throw internal(`making a snapshot of ${directory} ended with ${code}: ${said.join('')}`);
}
