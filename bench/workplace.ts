import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a run keeps its files, all on one disk, and what it has to build first. */
export class Workplace {
  /** The project. */
  readonly root = path.resolve(import.meta.dirname, '..');
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'permafrost-bench-'));
  #built: Promise<string> | undefined;

  /** A directory of this run. */
  directory(name: string): string {
    const directory = path.join(this.#directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** The directory of what is shipped, built anew once a run. */
  dist(): Promise<string> {
    this.#built ??= this.node('esbuild.mjs').then(() => path.join(this.root, 'dist'));
    return this.#built;
  }

  /** Runs a script in the project with this Node. @returns what it printed. @throws with its output when it fails. */
  async node(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: this.root, maxBuffer: 2 ** 26 });
    return stdout;
  }

  /** Runs a script that measures, in a process of its own so that memory is what it alone needs. @returns what it printed. */
  async measure(script: URL, ...args: readonly unknown[]): Promise<unknown> {
    const printed = await this.node(fileURLToPath(script), ...args.map((arg) => JSON.stringify(arg)));
    return JSON.parse(printed);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }
}
