import { readdirSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { type FileOps } from '../../../src/core/log/files.ts';
import { interceptFiles, type FileOperation } from '../../core/log/interceptFiles.ts';
import { ROOT, type DiskOperation, type Inode } from './disk.ts';

type Recording = (first: unknown, second: unknown, result: unknown, third: unknown) => void;

/** The real file operations, which also write down what of them changes the disk below a directory. */
export class Recorder {
  readonly operations: DiskOperation[] = [];
  readonly files: FileOps;
  readonly #root: string;
  readonly #names = new Map<string, Inode>();
  /** Of files; directories have none. */
  readonly #sizes = new Map<Inode, number>();
  readonly #handles = new Map<unknown, Inode>();
  #inodes: Inode = ROOT;

  /** @param root an empty directory */
  constructor(root: string) {
    this.#root = root;
    this.#names.set(root, ROOT);
    const recordings = this.#recordings();
    this.files = interceptFiles({
      before: (operation, first) => {
        if (operation === 'rmSync') this.#removeTree(String(first));
      },
      after: (operation, first, second, result, third) => {
        recordings[operation]?.(first, second, result, third);
      },
    });
  }

  /** One entry for every operation that there is, so that a new one is not forgotten here. */
  #recordings(): Record<FileOperation, Recording | undefined> {
    return {
      openSync: (file, flags, handle) => this.#open(String(file), String(flags), handle),
      closeSync: (handle) => this.#handles.delete(handle),
      writeSync: (handle, bytes, count, from) => this.#write(handle, bytes, Number(from ?? 0), Number(count)),
      fsyncSync: (handle) => this.#sync(handle),
      mkdirSync: (directory) => this.#name('mkdir', String(directory), this.#newInode()),
      linkSync: (from, to) => this.#name('link', String(to), this.#names.get(String(from))),
      renameSync: (from, to) => this.#rename(String(from), String(to)),
      unlinkSync: (file) => this.#unname('unlink', String(file)),
      rmdirSync: (directory) => this.#unname('rmdir', String(directory)),
      // Before it is done, while what it removes can still be seen.
      rmSync: undefined,
      existsSync: undefined,
      readdirSync: undefined,
      readFileSync: undefined,
      statSync: undefined,
    };
  }

  #open(file: string, flags: string, handle: unknown): void {
    if (!['r', 'r+', 'wx'].includes(flags)) throw new Error(`opening with ${flags} is not modelled`);
    if (flags === 'wx') this.#create(file);
    const inode = this.#names.get(file);
    if (inode !== undefined) this.#handles.set(handle, inode);
  }

  #create(file: string): void {
    const inode = this.#newInode();
    this.#sizes.set(inode, 0);
    this.#name('create', file, inode);
  }

  #write(handle: unknown, bytes: unknown, from: number, count: number): void {
    const inode = this.#handles.get(handle);
    if (inode === undefined || !(bytes instanceof Uint8Array))
      throw new Error('such a write is not modelled');
    const at = this.#sizes.get(inode) ?? 0;
    this.#sizes.set(inode, at + count);
    const label = `write ${count} bytes at ${at} of ${this.#nameOf(inode)}`;
    this.operations.push({ kind: 'write', inode, at, bytes: bytes.slice(from, from + count), label });
  }

  #sync(handle: unknown): void {
    const inode = this.#handles.get(handle);
    if (inode !== undefined) {
      this.operations.push({ kind: 'sync', inode, label: `fsync ${this.#nameOf(inode)}` });
    }
  }

  /** Its two names may be in two directories: the new one may be on disk while the old one is still there. */
  #rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    const below = [...this.#names].filter(([name]) => name.startsWith(from + path.sep));
    this.#name(`rename ${this.#short(from)} to`, to, inode);
    this.#unname('rename away', from, this.operations.length - 1);
    for (const [name, each] of below) {
      this.#names.delete(name);
      this.#names.set(to + name.slice(from.length), each);
    }
  }

  #removeTree(tree: string): void {
    if (!this.#names.has(tree)) return;
    if (statSync(tree).isDirectory()) {
      for (const name of readdirSync(tree)) this.#removeTree(path.join(tree, name));
    }
    this.#unname('remove', tree);
  }

  #name(how: string, file: string, inode: Inode | undefined): void {
    const directory = this.#names.get(path.dirname(file));
    if (directory === undefined || inode === undefined) return;
    this.#names.set(file, inode);
    const label = `${how} ${this.#short(file)}`;
    const isFile = this.#sizes.has(inode);
    this.operations.push({ kind: 'name', directory, name: path.basename(file), inode, isFile, label });
  }

  #unname(how: string, file: string, renamedBy?: number): void {
    const directory = this.#names.get(path.dirname(file));
    this.#names.delete(file);
    if (directory === undefined) return;
    this.operations.push({
      kind: 'unname',
      directory,
      name: path.basename(file),
      ...(renamedBy === undefined ? {} : { renamedBy }),
      label: `${how} ${this.#short(file)}`,
    });
  }

  #newInode(): Inode {
    return ++this.#inodes;
  }

  #nameOf(inode: Inode): string {
    const found = [...this.#names].find(([, each]) => each === inode);
    return found === undefined ? `a removed file` : this.#short(found[0]);
  }

  #short(file: string): string {
    return path.relative(this.#root, file) || '.';
  }
}
