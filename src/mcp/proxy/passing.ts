import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
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

/** Passes an answer on whose body was read. */
export async function passBody(
  answer: IncomingMessage,
  response: ServerResponse,
  body: Buffer | Readable,
): Promise<boolean> {
  const headers = endToEnd(answer.rawHeaders);
  if (Buffer.isBuffer(body)) {
    const length = ['Content-Length', String(body.length)];
    writeHead(answer, response, [...without(headers, ['content-length']), ...length]);
    response.end(body);
    return !response.destroyed;
  }
  writeHead(answer, response, headers);
  try {
    await pipeline(body, response);
    return true;
  } catch {
    return false; // As above.
  }
}

function writeHead(
  { statusCode = 502, statusMessage = '' }: IncomingMessage,
  response: ServerResponse,
  headers: string[],
): void {
  response.sendDate = false; // The server's own is among them.
  response.writeHead(statusCode, statusMessage, headers);
}
