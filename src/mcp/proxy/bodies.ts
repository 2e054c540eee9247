import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** The largest request or answer of a chat that is read as a whole, in bytes: with a larger one, no turn is recorded. */
export const CHAT_BYTES = 64 * 1024 * 1024;

/** What the log says of a chat of which `part`, the request or its answer, is larger. */
export function tooLargeToRecord(part: string): string {
  return `a turn was not recorded: ${part} has more than ${CHAT_BYTES / 2 ** 20} MB`;
}

/** The whole of a body, or, when it has more than `most` bytes, a stream of it: so much at most is in memory. */
export async function readUpTo(message: IncomingMessage, most: number): Promise<Buffer | Readable> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const rest: AsyncIterator<Buffer> = message[Symbol.asyncIterator]();
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    chunks.push(next.value);
    bytes += next.value.length;
    if (bytes > most) return Readable.from(all(chunks, rest), { objectMode: false });
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

async function* all(read: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* read;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Whether a request says that it has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What a body says; undefined when it is no JSON, which is for whoever reads it besides to say. */
export function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
