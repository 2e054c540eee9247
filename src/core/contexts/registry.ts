import * as path from 'node:path';
import * as z from 'zod';
import { contextGone, corruptFile } from '../errors.ts';
import { reachable } from '../known.ts';
import {
  createExclusive,
  makeDirectory,
  namesIn,
  readIfThere,
  syncDirectory,
  usable,
  type FileOps,
} from '../log/files.ts';
import { frame, sha256, unframe } from '../log/frame.ts';
import { createContext, readIdentity, type ContextIdentity } from '../log/identity.ts';
import type { Folder } from './folder.ts';

const Entry = z.object({ folder: z.string(), directory: z.string() });
type Entry = z.infer<typeof Entry>;

export interface RegistryOptions {
  readonly files: FileOps;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface RegisteredContext {
  readonly identity: ContextIdentity;
  readonly directory: string;
}

/**
 * Which folder has which context: one small file for each folder, made by exclusive creation, so that the first
 * process to see a folder decides for all. It never changes by itself afterwards.
 */
export class ContextRegistry {
  readonly #home: string;
  readonly #directory: string;
  readonly #temporary: string;
  readonly #options: RegistryOptions;

  constructor(home: string, options: RegistryOptions) {
    this.#home = home;
    this.#directory = path.join(home, 'registry');
    this.#temporary = path.join(home, 'tmp');
    this.#options = options;
  }

  /**
   * The context of `folder`; the first time, an empty one is made in a directory of its own below `newIn`.
   * @throws PF-4008 when the folder has a context whose directory is gone: an empty one would hide the loss; PF-4002
   * to PF-4006 when the files cannot be read or made.
   */
  contextOf(folder: Folder, newIn: string): RegisteredContext {
    return usable(this.#home, () => this.find(folder) ?? this.#register(folder, newIn));
  }

  /** The context of `folder`, if it has one already. @throws PF-4002 and as `contextOf` does. */
  find(folder: Folder): RegisteredContext | undefined {
    return usable(this.#home, () => {
      const file = this.#fileOf(folder);
      const entry = this.#read(file);
      if (entry !== undefined && entry.folder !== folder.uri)
        throw corruptFile(file, 'it is of another folder');
      return entry && this.#contextAt(entry);
    });
  }

  /**
   * Every context that is registered and can be read now: a damaged one of another folder is not this one's fault.
   * @throws PF-4002 when the registry cannot be read.
   */
  all(): RegisteredContext[] {
    const names = usable(this.#home, () => namesIn(this.#options.files, this.#directory));
    const contextIn = (name: string) => {
      const entry = this.#read(path.join(this.#directory, name));
      return entry && this.#contextAt(entry);
    };
    return names.flatMap((name) => reachable(() => usable(this.#home, () => contextIn(name))) ?? []);
  }

  #register(folder: Folder, newIn: string): RegisteredContext {
    const { files, newId, now } = this.#options;
    const id = newId();
    const directory = path.join(newIn, id);
    const createdAt = new Date(now()).toISOString();
    const identity = createContext(files, directory, {
      id,
      name: folder.name,
      folder: folder.uri,
      createdAt,
    });
    if (this.#publish({ folder: folder.uri, directory })) return { identity, directory };
    // Another process was first with this folder: its context is the one, and ours is still empty.
    files.rmSync(directory, { recursive: true, force: true });
    return this.contextOf(folder, newIn);
  }

  #publish(entry: Entry): boolean {
    const { files } = this.#options;
    for (const directory of [this.#directory, this.#temporary]) makeDirectory(files, directory);
    const file = this.#fileOf({ uri: entry.folder });
    const kept = { ...entry, directory: this.#kept(entry.directory) };
    const published = createExclusive(files, this.#temporary, file, frame(kept).bytes);
    syncDirectory(files, this.#directory);
    return published;
  }

  #contextAt({ directory }: Entry): RegisteredContext {
    const identity = readIdentity(this.#options.files, directory);
    if (identity === undefined) throw contextGone(directory);
    return { identity, directory };
  }

  #read(file: string): Entry | undefined {
    const bytes = readIfThere(this.#options.files, file);
    if (bytes === undefined) return undefined;
    const content = unframe(bytes);
    if (content.kind !== 'whole') throw corruptFile(file, 'it is not an entry of the registry');
    const { folder, directory } = Entry.parse(content.body);
    return { folder, directory: path.resolve(this.#home, directory) };
  }

  /** A directory below the home is kept relative to it, so that the home can be moved and copied as a whole. */
  #kept(directory: string): string {
    const below = path.relative(this.#home, directory);
    return below.startsWith('..') || path.isAbsolute(below) ? directory : below;
  }

  #fileOf({ uri }: Pick<Folder, 'uri'>): string {
    return path.join(this.#directory, `${sha256(Buffer.from(uri)).slice(0, 32)}.json`);
  }
}
