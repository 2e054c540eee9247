import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Random } from '../random.ts';
import { ROOT, type DiskOperation, type Inode } from './disk.ts';

/** What became of an unsynced operation: nothing, or, of a write, some of its sectors, as this seed has it. */
export type Fate = 'lost' | number;

/** A power cut: after how many operations, and what became of those that did not get to disk as they were. */
export interface PowerCut {
  readonly after: number;
  readonly fates: ReadonlyMap<number, Fate>;
}

/** What is on a disk: each path with what the file holds, or undefined for a directory; parents come first. */
export type Image = ReadonlyMap<string, Buffer | undefined>;

const SECTOR = 512;

/** What is on the disk when the power is back. */
export function imageAfter(operations: readonly DiskOperation[], { after, fates }: PowerCut): Image {
  const directories = new Map<Inode, Map<string, Inode>>();
  const files = new Map<Inode, Buffer>();
  operations.slice(0, after).forEach((operation, index) => {
    const fate = fates.get(index);
    if (operation.kind === 'write') {
      files.set(operation.inode, written(files.get(operation.inode), operation, fate));
    } else if (operation.kind !== 'sync' && fate === undefined && !isLeftBehind(operation, fates)) {
      const names = directories.get(operation.directory) ?? new Map<string, Inode>();
      directories.set(operation.directory, names);
      if (operation.kind === 'unname') names.delete(operation.name);
      else {
        names.set(operation.name, operation.inode);
        if (operation.isFile && !files.has(operation.inode)) files.set(operation.inode, Buffer.alloc(0));
      }
    }
  });
  const image = new Map<string, Buffer | undefined>();
  const visit = (inode: Inode, at: string): void => {
    for (const [name, child] of directories.get(inode) ?? []) {
      image.set(path.join(at, name), files.get(child));
      visit(child, path.join(at, name));
    }
  };
  visit(ROOT, '');
  return image;
}

/** A rename whose new name is lost has not taken the old one away. */
function isLeftBehind(operation: DiskOperation, fates: PowerCut['fates']): boolean {
  return operation.kind === 'unname' && operation.renamedBy !== undefined && fates.has(operation.renamedBy);
}

/** Tells images apart by all that is in them but the temporary files, whose names nothing depends on. */
export function digestOf(image: Image): string {
  const hash = createHash('sha256');
  for (const file of [...image.keys()].toSorted()) {
    if (path.basename(path.dirname(file)) === 'tmp') continue;
    hash.update(`${file}\0`).update(image.get(file) ?? 'directory');
  }
  return hash.digest('hex');
}

/** Makes the image a real directory. */
export function build(image: Image, directory: string): void {
  for (const [file, content] of image) {
    if (content === undefined) mkdirSync(path.join(directory, file), { recursive: true });
    else writeFileSync(path.join(directory, file), content);
  }
}

type Write = DiskOperation & { kind: 'write' };

/** `before` with as much of the write as its fate leaves. Lost sectors hold zeros, or the file ends before them. */
function written(before: Buffer | undefined, { at, bytes }: Write, fate: Fate | undefined): Buffer {
  const old = before ?? Buffer.alloc(0);
  if (fate === 'lost') return old;
  const full = Buffer.concat([old, Buffer.alloc(Math.max(0, at + bytes.length - old.length))]);
  if (fate === undefined) {
    full.set(bytes, at);
    return full;
  }
  const random = new Random(fate);
  const [kept, isCut] = [random.fraction(), random.chance(0.5)];
  let end = old.length;
  for (let from = 0; from < bytes.length; from = SECTOR - ((at + from) % SECTOR) + from) {
    if (!random.chance(kept)) continue;
    const sector = bytes.subarray(from, from + SECTOR - ((at + from) % SECTOR));
    full.set(sector, at + from);
    end = Math.max(end, at + from + sector.length);
  }
  return isCut ? full.subarray(0, end) : full;
}
