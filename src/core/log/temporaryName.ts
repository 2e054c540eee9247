import { readFileSync, readlinkSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { errnoOf } from '../errors.ts';
import { sha256 } from './frame.ts';

/** A name that nobody else gives, with what tells later whether the process that gave it is still running. */
export function temporaryName(): string {
  return `${where()}-${process.pid}-${randomUUID()}`;
}

/** Whether the process that gave `name` is known to have ended. Of one on another machine nothing is known. */
export function makerHasEnded(name: string): boolean {
  const [, place, pid] = /^([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}$/.exec(name) ?? [];
  return place !== undefined && place === where() && !isRunning(Number(pid));
}

let known: string | undefined;

/** Where a process id means what it means here: until the machine starts again, in this namespace of ids. */
function where(): string {
  known ??= findWhere();
  return known;
}

function findWhere(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id');
    return sha256(boot, Buffer.from(readlinkSync('/proc/self/ns/pid'))).slice(0, 8);
  } catch {
    // Not Linux: its temporary files go by their age.
    return 'unknown';
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it is another user's.
    return errnoOf(cause) !== 'ESRCH';
  }
}
