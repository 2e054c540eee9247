import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { namesIn, nodeFiles, sweepTemporary, unlessRefused } from '../log/files.ts';
import { temporaryName } from '../log/temporaryName.ts';

/**
 * Which sessions of a context are in the middle of an answer, in whatever process: each answer has a file with the id of its
 * session for so long. One whose process has ended, or that is older than an hour, counts no more. Nothing is synced, since
 * no answer outlives a power cut.
 */
export class Answering {
  readonly #directory: string;
  readonly #now: () => number;

  /** @param directory of the context. @param now gives milliseconds since 1970. */
  constructor(directory: string, now: () => number) {
    this.#directory = path.join(directory, 'answering');
    this.#now = now;
  }

  /** Notes that an answer is on its way, until what this gives is called. Where nothing can be written, nothing is frozen either. */
  begin(sessionId: string): () => void {
    const file = path.join(this.#directory, temporaryName());
    unlessRefused(() => {
      mkdirSync(this.#directory, { recursive: true });
      writeFileSync(file, sessionId, { flag: 'wx' });
    });
    return () => unlessRefused(() => rmSync(file, { force: true }));
  }

  has(sessionId: string): boolean {
    sweepTemporary(nodeFiles, this.#directory, this.#now());
    const notes = unlessRefused(() => namesIn(nodeFiles, this.#directory)) ?? [];
    return notes.some((name) => this.#sessionOf(name) === sessionId);
  }

  /** Undefined for an answer that has ended just now. */
  #sessionOf(note: string): string | undefined {
    return unlessRefused(() => readFileSync(path.join(this.#directory, note), 'utf8'));
  }
}
