import * as vscode from 'vscode';
import type { OpenContext } from '../../tools/environment.ts';

/** Half of the two seconds in which what another process wrote has to be seen. */
const INTERVAL_MS = 1_000;

interface Watched {
  readonly context: OpenContext;
  watchers: number;
  /** What was there at the last look; undefined when the context could not be read. */
  seen: string | undefined;
}

/** Sees what any process commits to the contexts that somebody looks at. A look costs microseconds, and does not keep a context in memory. */
export class ContextWatch implements vscode.Disposable {
  readonly #log: Pick<vscode.LogOutputChannel, 'error'>;
  readonly #watched = new Map<string, Watched>();
  readonly #changed = new vscode.EventEmitter<OpenContext>();
  #timer: NodeJS.Timeout | undefined;

  /** Something was committed, or the context cannot be read any more. */
  readonly onDidChange = this.#changed.event;

  constructor(log: Pick<vscode.LogOutputChannel, 'error'>) {
    this.#log = log;
  }

  /** Looks at `context` each second until the answer is disposed of. */
  watch(context: OpenContext): vscode.Disposable {
    const watched = this.#watched.get(context.directory) ?? {
      context,
      watchers: 0,
      seen: context.store.state,
    };
    watched.watchers += 1;
    this.#watched.set(context.directory, watched);
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS);
    let watching = true;
    return {
      dispose: () => {
        if (watching) this.#leave(watched);
        watching = false;
      },
    };
  }

  /** Looks at once, as after a change of one's own. */
  look(): void {
    for (const watched of this.#watched.values()) {
      const found = this.#find(watched);
      if (found === watched.seen) continue;
      watched.seen = found;
      this.#changed.fire(watched.context);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#changed.dispose();
  }

  #leave(watched: Watched): void {
    watched.watchers -= 1;
    if (watched.watchers > 0) return;
    this.#watched.delete(watched.context.directory);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #find({ context, seen }: Watched): string | undefined {
    try {
      return context.store.look();
    } catch (cause) {
      if (seen !== undefined) this.#log.error(`The context in ${context.directory} cannot be read:`, cause);
      return undefined;
    }
  }
}
