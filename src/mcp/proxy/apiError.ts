import type { ServerResponse } from 'node:http';
import type { PermafrostError } from '../../core/errors.ts';

/** What an answer has to say besides, by its status (RFC 9110, 15.5.2 and 15.5.6). */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  405: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
};

/** Says what the proxy itself has to say in the form that OpenAI's clients read. */
export function sendApiError(response: ServerResponse, status: number, error: PermafrostError): void {
  if (response.headersSent) return void response.destroy();
  const type = status < 500 ? 'invalid_request_error' : 'api_error';
  const body = JSON.stringify({ error: { message: error.sentence, type, param: null, code: error.code } });
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close', ...HEADERS[status] })
    .end(body);
}
