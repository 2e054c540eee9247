import * as path from 'node:path';
import { ContextRegistry } from '../../src/core/contexts/registry.ts';
import { collectBlobs } from '../../src/core/log/collectBlobs.ts';
import { ContextPaths } from '../../src/core/log/epochs.ts';
import { nodeFiles, type FileOps } from '../../src/core/log/files.ts';
import { Memories } from '../../src/core/memory/memories.ts';
import { text } from '../../src/core/store/row.ts';
import type { Soon } from '../../src/core/soon.ts';
import { makeSnapshots, type KeptViews } from '../../src/core/store/snapshots.ts';
import { Store } from '../../src/core/store/store.ts';
import { seal } from '../core/store/checkpoints.ts';
import { engine } from '../core/store/engine.ts';

/** Here nobody ever waits, so what is done meanwhile is done at once; not always, since often it is not done in time. */
function nowAndThen(): Soon {
  let asked = 0;
  return (work) => {
    if (++asked % 4 === 0) work();
    return () => {};
  };
}

const FOLDER = { uri: 'file:///torture', name: 'torture' };

/**
 * What a process does with the context of one folder, below a home of its own. Two of these are as much as two
 * processes: what they know of each other, they know from the files.
 */
export class Process {
  readonly #home: string;
  readonly #name: string;
  readonly #files: FileOps;
  readonly #now: () => number;
  #ids = 0;
  #store: Store | undefined;

  /** @param name begins the ids that it gives, so that no two processes give the same */
  constructor(home: string, name: string, files: FileOps = nodeFiles, now: () => number = Date.now) {
    this.#home = home;
    this.#name = name;
    this.#files = files;
    this.#now = now;
  }

  /** The context of the folder, if it has one. */
  find(): string | undefined {
    return this.#registry.find(FOLDER)?.directory;
  }

  /** The directory of the context, which is made the first time. */
  context(): string {
    return this.#registry.contextOf(FOLDER, path.join(this.#home, 'contexts')).directory;
  }

  get store(): Store {
    this.#store ??= Store.open(this.context(), {
      engine,
      files: this.#files,
      now: this.#now,
      requestSnapshot: () => {},
      soon: nowAndThen(),
    });
    return this.#store;
  }

  get memories(): Memories {
    return new Memories(this.store, { now: this.#now, newId: this.#newId });
  }

  /** The ids of all memories, or of those that are archived or not, in the order of their making. */
  ids(archived?: boolean): string[] {
    const all = this.store.read((view) => view.all('SELECT id, archived_at FROM memories ORDER BY row'));
    const wanted = all.filter((row) => archived === undefined || (row['archived_at'] !== null) === archived);
    return wanted.map(({ id }) => String(id));
  }

  /** Creates a small memory. */
  add(title: string): void {
    this.memories.create([{ title, content: title }]);
  }

  /** Closes the current epoch, as a store does when it has grown long. */
  seal(): void {
    seal(this.context(), this.#files);
  }

  makeSnapshots(views?: KeptViews): void {
    makeSnapshots(this.context(), engine, this.#files, views);
  }

  /** The names of the blobs that memories and their earlier versions have. */
  blobs(): string[] {
    const rows = this.store.read((view) =>
      view.all(`SELECT blob FROM memories WHERE blob IS NOT NULL
        UNION SELECT blob FROM memory_versions WHERE blob IS NOT NULL ORDER BY blob`),
    );
    return rows.map((row) => text(row, 'blob'));
  }

  /** Takes out blobs that nothing refers to. @param meanwhile done after it was seen what is referred to */
  collectBlobs(meanwhile: () => void = () => {}): void {
    const references = { names: new Set(this.blobs()), at: this.store.position };
    meanwhile();
    const head = (): number => this.store.read(() => this.store.position);
    collectBlobs(this.#files, new ContextPaths(this.context()), references, head);
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  get #registry(): ContextRegistry {
    return new ContextRegistry(this.#home, { files: this.#files, now: this.#now, newId: this.#newId });
  }

  readonly #newId = (): string => `${this.#name}-${this.#ids++}`;
}
