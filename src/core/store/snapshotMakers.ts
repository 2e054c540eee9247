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
    const ended = this.#run(directory).catch(this.#failed);
    this.#running.set(
      directory,
      ended.then(() => {
        this.#running.delete(directory);
        if (this.#again.delete(directory)) this.request(directory);
      }),
    );
  };

  /** Waits for those that run. This process may end without: they need nothing from it. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #run(directory: string): Promise<void> {
    // In the extension host Node is the editor's program, which is Node only when it is told so.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const { spawn } = await import('node:child_process'); // Here, for no start need wait 3 ms for it.
    const child = spawn(process.execPath, [this.#script, MAKE_SNAPSHOTS, directory], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw internal(`making a snapshot of ${directory} ended with ${code}: ${said.join('')}`);
  }
}
