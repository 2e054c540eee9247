import type { FileOps } from '../../../src/core/log/files.ts';
import { errno, interceptFiles, type FileOperation } from '../../core/log/interceptFiles.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';

/** How an operation fails. */
export interface Fault {
  readonly code: string;
  /** `once`: one operation. `unsaid`: one that was done, but whose answer was lost. `for good`: it and all after it. */
  readonly lasting: 'once' | 'unsaid' | 'for good';
}

/** What a full or read-only disk refuses. */
const WRITING: ReadonlySet<FileOperation> = new Set<FileOperation>([
  'fsyncSync', 'linkSync', 'mkdirSync', 'renameSync', 'rmdirSync', 'rmSync', 'unlinkSync', 'writeSync',
]); // prettier-ignore

/** Real file operations, of which those from a chosen one on fail. */
export class FailingDisk {
  readonly files: FileOps;
  #fault: Fault | undefined;
  #at = 0;
  #count = 0;

  constructor() {
    const failing = interceptFiles({
      before: (operation, _first, flags) => this.#pass(operation, flags, 'before'),
      after: (operation, _first, flags) => this.#pass(operation, flags, 'after'),
    });
    const { existsSync } = nodeFiles;
    // Node's existsSync says no to whatever it cannot see.
    this.files = { ...failing, existsSync: (file) => !this.#isBlind() && existsSync(file) };
  }

  /** From now on, the operation that comes after `at` others fails. */
  break(at: number, fault: Fault): void {
    [this.#at, this.#fault, this.#count] = [at, fault, 0];
  }

  /** From now on, nothing fails. @returns whether anything did */
  mend(): boolean {
    this.#fault = undefined;
    return this.#count > this.#at;
  }

  #pass(operation: FileOperation, flags: unknown, when: 'before' | 'after'): void {
    const fault = this.#fault;
    if (fault === undefined || (fault.lasting === 'unsaid') !== (when === 'after')) return;
    if (!isHit(operation, flags, fault)) return;
    const index = this.#count++;
    if (index === this.#at || (index > this.#at && fault.lasting === 'for good')) throw errno(fault.code);
  }

  #isBlind(): boolean {
    const fault = this.#fault;
    return fault?.lasting === 'for good' && stopsReading(fault) && this.#count > this.#at;
  }
}

/** A disk that is full or read-only can still be read; a broken or forbidden one cannot. */
export function stopsReading({ code }: Fault): boolean {
  return code === 'EIO' || code === 'EACCES';
}

function isHit(operation: FileOperation, flags: unknown, fault: Fault): boolean {
  // Closing gives the handle back even when it fails.
  if (operation === 'existsSync' || operation === 'closeSync') return false;
  return stopsReading(fault) || WRITING.has(operation) || (operation === 'openSync' && flags !== 'r');
}
