import { existsSync, fstatSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { FileOps } from '../../src/core/log/files.ts';
import { sha256 } from '../../src/core/log/frame.ts';
import { interceptFiles } from '../core/log/interceptFiles.ts';
import type { Mutation } from './harness.ts';

/** File operations that do not do what everything durable depends on: with each, a harness has to find what is lost. */
export const MUTANTS = {
  'no file is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'directory') }),
  'no directory is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'file') }),
  'a name is taken by rename, which replaces, and not by link': (files) => ({
    ...files,
    linkSync: files.renameSync,
  }),
} satisfies Record<string, Mutation>;

/** A commit's file that could not be linked to its name is taken for made. */
export const CARELESS: Mutation = (files) => ({
  ...files,
  linkSync: (from, to) => {
    try {
      files.linkSync(from, to);
    } catch {
      // As code would that forgets to look.
    }
  },
});

function sync(files: FileOps, handle: number, what: 'file' | 'directory'): void {
  if (fstatSync(handle).isDirectory() === (what === 'directory')) files.fsyncSync(handle);
}

/** Reads every file with its checksum made right, whatever it holds: as if none were checked. */
export const UNCHECKED: FileOps = interceptFiles({
  answer: (operation, file, result) =>
    operation === 'readFileSync' && result instanceof Uint8Array ? madeRight(String(file), result) : result,
});

function madeRight(file: string, bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const [line, start] = /^(permafrost \d+ )[^\n]*\n/.exec(text) ?? [];
  if (line === undefined || start === undefined) return bytes;
  const below = path.dirname(file);
  // A manifest has the checksums of other files in it.
  const body = text.slice(line.length).replaceAll(PART, (_, name: string) => partOf(below, name));
  const sum = sha256(Buffer.from(start + body, 'latin1'));
  return Buffer.from(`${start}${sum}\n${body}`, 'latin1');
}

const PART = /"file":"([^"]+)","sha256":"[^"]*"/g;

function partOf(directory: string, name: string): string {
  const file = path.join(directory, name);
  const sum = existsSync(file) ? sha256(readFileSync(file)) : '';
  return `"file":"${name}","sha256":"${sum}"`;
}
