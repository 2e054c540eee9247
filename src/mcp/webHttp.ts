// Between node:http and the web's Request and Response, which the SDK's transport speaks. The SDK's own bridge loads
// a web framework, and `fetch` with it: 50 ms that every stdio client would wait for.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../core/errors.ts';

export function toWebRequest(request: IncomingMessage): Request {
  const { headers, method = 'GET', url = '/' } = request;
  const init = { method, headers: toWebHeaders(headers) };
  const address = new URL(url, 'http://127.0.0.1');
  if (method === 'GET' || method === 'HEAD') return new Request(address, init);
  return new Request(address, { ...init, body: Readable.toWeb(request), duplex: 'half' });
}

/** Resolves when all is sent or the client has left. */
export async function sendWebResponse(answer: Response, response: ServerResponse): Promise<void> {
  if (response.destroyed) return answer.body?.cancel();
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) return void response.end();
  response.flushHeaders(); // An event stream may have nothing to say for long.
  try {
    await pipeline(Readable.fromWeb(answer.body), response);
  } catch (cause) {
    if (errnoOf(cause) !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
  }
}

function toWebHeaders(headers: IncomingMessage['headers']): Headers {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one): [string, string] => [name, one]),
  );
  return new Headers(pairs);
}
