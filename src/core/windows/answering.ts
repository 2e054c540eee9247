import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { isAbandoned, namesIn, nodeFiles, unlessRefused } from '../log/files.ts';
import { temporaryName } from '../log/temporaryName.ts';

/** How often an answer that is on its way says so, and how long one counts that says nothing, in milliseconds. */
const BEAT_MS = 15_000;
const SILENT_MS = 60_000;

/**
 * Which sessions of a context are in the middle of an answer, in whatever process: each answer has a file with the id of its
 * session for so long, whose time says that it goes on. One whose process is seen to have ended, or that says nothing for a
 * minute, counts no more. Nothing is synced, since no answer outlives a power cut.
 */
export class Answering {
  readonly #directory: string;

  /** @param directory of the context */
  constructor(directory: string) {
    this.#directory = path.join(directory, 'answering');
  }

  /** Notes that an answer is on its way, until what this gives is called. Where it cannot be noted, its session can be frozen. */
  begin(sessionId: string): () => void {
    const file = path.join(this.#directory, temporaryName());
    unlessRefused(() => mkdirSync(this.#directory)); // It is there as a rule.
    unlessRefused(() => writeFileSync(file, sessionId, { flag: 'wx' }));
    const beat = setInterval(() => unlessRefused(() => utimesSync(file, new Date(), new Date())), BEAT_MS);
    beat.unref();
    return () => {
      clearInterval(beat);
      unlessRefused(() => rmSync(file, { force: true }));
    };
  }

  has(sessionId: string): boolean {
    const notes = unlessRefused(() => namesIn(nodeFiles, this.#directory)) ?? [];
    return notes.some((note) => this.#sessionOf(note) === sessionId);
  }

  /** Undefined for an answer that is over. */
  #sessionOf(note: string): string | undefined {
    const file = path.join(this.#directory, note);
    return unlessRefused(() => {
      if (!isAbandoned(nodeFiles, file, Date.now(), SILENT_MS)) return readFileSync(file, 'utf8');
      rmSync(file, { force: true });
      return undefined;
    });
  }
}
