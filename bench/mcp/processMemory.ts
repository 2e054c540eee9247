import { readFileSync } from 'node:fs';

const UNIT = 1_024;

/** Resident memory of a process in bytes, from proc_pid_status(5): now, and the most that it ever was. */
export function residentMemory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => {
    return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * UNIT;
  };
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** Watches the children that a process starts: `peak` is the most bytes that any of them had resident. */
export class ChildrenWatch {
  readonly #pid: number;
  readonly #command: string;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#command = commandOf(pid);
    this.#timer = setInterval(() => this.#look(), 5);
  }

  /** Undefined when none was seen. */
  get peak(): number | undefined {
    return this.#peak === 0 ? undefined : this.#peak;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const children = readFileSync(`/proc/${this.#pid}/task/${this.#pid}/children`, 'utf8');
    for (const child of children.split(' ').filter((id) => id !== '')) this.#see(Number(child));
  }

  #see(child: number): void {
    try {
      // Until it runs what it was started for, it is its parent's memory that it shows.
      if (commandOf(child) === this.#command) return;
      const { peak } = residentMemory(child);
      if (peak > this.#peak) this.#peak = peak;
    } catch {
      // It has ended meanwhile.
    }
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}
