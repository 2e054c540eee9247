import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

export interface CompiledScript {
  readonly script: Script;
  /** Keeps what V8 has compiled by now, the functions that have been called among it, unless it was kept already. */
  readonly keep: () => void;
}

/**
 * Compiles `source`, with what an earlier process kept of it in `directory` when that fits. Each version of V8 has a
 * file of its own there. A file that is damaged, or of another source, is passed over and replaced.
 * @param directory made when it is kept there, with its parent; where that fails, nothing is kept
 */
export function compileKept(source: string, filename: string, directory: string): CompiledScript {
  const file = path.join(directory, `mcp-server-${cachedDataVersionTag().toString(16)}.v8`);
  const cachedData = readKept(file, source);
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
  let isKept = script.cachedDataRejected === false;
  const keep = (): void => {
    if (!isKept) tryKeeping(file, source, script.createCachedData());
    isKept = true;
  };
  return { script, keep };
}

const DIGEST_BYTES = 32;

/** V8 trusts what it is given, so it gets only bytes that are whole and were made of this very source. */
function readKept(file: string, source: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch {
    return undefined; // The first start of this version, or a home that cannot be read: others say so if it matters.
  }
  const data = bytes.subarray(DIGEST_BYTES);
  return digest(source, data).equals(bytes.subarray(0, DIGEST_BYTES)) ? data : undefined;
}

function tryKeeping(file: string, source: string, data: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    makeDirectories(path.dirname(file));
    fs.writeFileSync(temporary, Buffer.concat([digest(source, data), data]), { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch {
    // A disk that is full or read-only: the next start takes as long as this one.
    tryRemoving(temporary);
  }
}

function tryRemoving(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch {
    // It was never made.
  }
}

/** The directory and its parent, no more: a home on a disk that is not mounted is not to be made elsewhere. */
function makeDirectories(directory: string): void {
  for (const each of [path.dirname(directory), directory]) if (!fs.existsSync(each)) fs.mkdirSync(each);
}

function digest(source: string, data: Buffer): Buffer {
  return createHash('sha256').update(source).update(data).digest();
}
