import { nodeFiles, type FileOps } from '../../../src/core/log/files.ts';

export type FileOperation = keyof FileOps;

const operations = [
  'closeSync',
  'existsSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'openSync',
  'readdirSync',
  'readFileSync',
  'renameSync',
  'rmdirSync',
  'rmSync',
  'statSync',
  'unlinkSync',
  'writeSync',
] as const satisfies readonly FileOperation[];

/** What happens around a real file operation. */
export interface Interception {
  readonly before?: (operation: FileOperation, first: unknown, second: unknown) => void;
  readonly after?: (
    operation: FileOperation,
    first: unknown,
    second: unknown,
    result: unknown,
    third: unknown,
  ) => void;
  /** What is given instead of the result. */
  readonly answer?: (operation: FileOperation, first: unknown, result: unknown) => unknown;
}

/** `files`, with something done before or after each operation: recorded, made to fail, interleaved. */
export function interceptFiles({ before, after, answer }: Interception, files: FileOps = nodeFiles): FileOps {
  const intercepted = operations.map((operation) => {
    const run = (...parameters: unknown[]): unknown => {
      before?.(operation, parameters[0], parameters[1]);
      const result: unknown = Reflect.apply(files[operation], files, parameters);
      after?.(operation, parameters[0], parameters[1], result, parameters[2]);
      return answer === undefined ? result : answer(operation, parameters[0], result);
    };
    return [operation, run];
  });
  return { ...files, ...Object.fromEntries(intercepted) };
}

/** An error as the file system gives it. */
export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/** File operations of which none does anything special until `at` is set: the call of that index, from then on. */
export class NthCall {
  readonly files: FileOps;
  #count = 0;
  #at: number | undefined;
  #act: (operation: FileOperation) => void = () => {};

  constructor(
    when: 'before' | 'after',
    only: (operation: FileOperation) => boolean = () => true,
    files: FileOps = nodeFiles,
  ) {
    const meet = (operation: FileOperation): void => {
      if (only(operation) && this.#count++ === this.#at) this.#act(operation);
    };
    this.files = interceptFiles({ [when]: meet }, files);
  }

  /** Calls since the last `set`. */
  get count(): number {
    return this.#count;
  }

  set(at: number | undefined, act: (operation: FileOperation) => void = () => {}): void {
    this.#count = 0;
    this.#at = at;
    this.#act = act;
  }
}
