import { existsSync, readFileSync, statSync } from 'node:fs';
import * as z from 'zod';

export const WrittenBytes = z.object({
  /** Memories that were created, each by itself. */
  creates: z.number(),
  /** Bytes of their titles, contents and tags. */
  acknowledged: z.number(),
  /** Made dirty in files by the process and its children, in whole pages: Linux's `write_bytes`. */
  written: z.number(),
  /** The sizes of its `write` calls and of its children's: Linux's `wchar`. */
  asked: z.number(),
  /** Written by the device meanwhile, if there is one: the file system's journal is in it, and what others wrote. */
  device: z.number().optional(),
});
export type WrittenBytes = z.infer<typeof WrittenBytes>;

/** Counters that only grow. */
interface Counters {
  readonly written: number;
  readonly asked: number;
  readonly device: number | undefined;
}

/**
 * What this process and its children have written until now: proc_pid_io(5). Children count from when they have ended.
 * @param directory on the device that is asked
 */
export function writtenUntilNow(directory: string): Counters {
  const io = readFileSync('/proc/self/io', 'utf8');
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1]);
  return { written: count('write_bytes'), asked: count('wchar'), device: deviceWritten(directory) };
}

const SECTOR = 512;

/** From the seventh field of https://docs.kernel.org/block/stat.html. Undefined for a directory that is on no one device. */
function deviceWritten(directory: string): number | undefined {
  const { dev } = statSync(directory);
  // As gnu_dev_major and gnu_dev_minor of glibc take it apart, up to 20 bits of each.
  const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)];
  const file = `/sys/dev/block/${major}:${minor}/stat`;
  if (!existsSync(file)) return undefined;
  const fields = readFileSync(file, 'utf8').trim().split(/\s+/);
  return Number(fields[6]) * SECTOR;
}
