import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { endToEnd, without } from './headers.ts';

/** What becomes of the bytes of an answer on their way. */
export type Editing = (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/**
 * Passes an answer on as it comes. When the client leaves, the server is told by a closed connection, and so is the
 * client when the server breaks off; then it gives false.
 */
export async function passOn(
  answer: IncomingMessage,
  response: ServerResponse,
  editing?: Editing,
): Promise<boolean> {
  const headers = endToEnd(answer.rawHeaders);
  writeHead(answer, response, editing === undefined ? headers : without(headers, ['content-length']));
  // A stream of events may have nothing to say for long; where it has, both go in one packet.
  if (answer.readableLength === 0) response.flushHeaders();
  try {
    await (editing === undefined ? pipeline(answer, response) : pipeline(answer, editing, response));
    return true;
  } catch {
    return false; // Either side is gone, and the other one has been told in the only way there is.
  }
}

/** Passes an answer on whose body was read. As above, it gives whether all of it was sent. */
export async function passBody(
  answer: IncomingMessage,
  response: ServerResponse,
  body: Buffer | Readable,
): Promise<boolean> {
  const headers = endToEnd(answer.rawHeaders);
  const isWhole = Buffer.isBuffer(body);
  writeHead(answer, response, isWhole ? withLength(headers, body.length) : headers);
  try {
    await (isWhole ? finished(response.end(body)) : pipeline(body, response));
    return true;
  } catch {
    return false; // As above.
  }
}

function withLength(headers: readonly string[], length: number): string[] {
  return [...without(headers, ['content-length']), 'Content-Length', String(length)];
}

function writeHead(
  { statusCode = 502, statusMessage = '' }: IncomingMessage,
  response: ServerResponse,
  headers: string[],
): void {
  response.sendDate = false; // The server's own is among them.
  response.writeHead(statusCode, statusMessage, headers);
}
