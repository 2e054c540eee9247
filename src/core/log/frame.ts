import { createHash, hash } from 'node:crypto';

/**
 * A framed file: one line `permafrost <format> <checksum>`, then the body, one JSON document. Text, so that a
 * person can read a commit with `cat`. The checksum is the SHA-256, in hex, of all the rest of the file:
 * `permafrost <format> `, directly followed by the body. Later formats keep to this.
 *
 * Format 2: snapshots may be compressed and keep other views beside the database.
 */
export const FORMAT = 2;

const START = `permafrost ${FORMAT} `;
const LINE_BYTES = START.length + 64 + 1;

export type Unframed =
  | { readonly kind: 'whole'; readonly body: unknown; readonly checksum: string }
  | { readonly kind: 'damaged'; readonly what: string }
  | { readonly kind: 'newer'; readonly format: number };

export interface Framed {
  readonly bytes: Uint8Array;
  readonly checksum: string;
}

export function frame(body: unknown): Framed {
  const json = JSON.stringify(body);
  const bytes = Buffer.allocUnsafe(LINE_BYTES + Buffer.byteLength(json));
  bytes.write(json, LINE_BYTES);
  // In one call, for which what is hashed stands together until the line is written over it: parts take twice as long.
  bytes.write(START, LINE_BYTES - START.length);
  const checksum = hash('sha256', bytes.subarray(LINE_BYTES - START.length));
  bytes.write(`${START}${checksum}\n`);
  return { bytes, checksum };
}

export function unframe(bytes: Uint8Array): Unframed {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lineEnd = file.indexOf('\n');
  const line = file.toString('latin1', 0, Math.max(lineEnd, 0));
  const [, start = '', format = '', checksum] = /^(permafrost (\d{1,6}) )([0-9a-f]{64})$/.exec(line) ?? [];
  if (checksum === undefined) return { kind: 'damaged', what: 'its first line is not one of Permafrost' };
  const body = file.subarray(lineEnd + 1);
  if (sha256(start, body) !== checksum) {
    return { kind: 'damaged', what: 'its content does not match its checksum' };
  }
  if (Number(format) > FORMAT) return { kind: 'newer', format: Number(format) };
  return { kind: 'whole', body: JSON.parse(body.toString('utf8')), checksum };
}

/** The SHA-256 of `parts`, one after the other, in hex; of text, that of its UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hashing = createHash('sha256');
  for (const part of parts) hashing.update(part);
  return hashing.digest('hex');
}
