import { fstatSync } from 'node:fs';
import type { FileOps } from '../../src/core/log/files.ts';

/** File operations that do not do what everything durable depends on: with each, a harness has to find what is lost. */
export const MUTANTS = {
  'no file is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'directory') }),
  'no directory is synced': (files) => ({ ...files, fsyncSync: (handle) => sync(files, handle, 'file') }),
  'a name is taken by rename, which replaces, and not by link': (files) => ({
    ...files,
    linkSync: files.renameSync,
  }),
} satisfies Record<string, (files: FileOps) => FileOps>;

function sync(files: FileOps, handle: number, what: 'file' | 'directory'): void {
  if (fstatSync(handle).isDirectory() === (what === 'directory')) files.fsyncSync(handle);
}
