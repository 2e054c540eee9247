import type { ServerResponse } from 'node:http';
import type { PermafrostError } from '../../core/errors.ts';

/** Says what the proxy itself has to say in the form that OpenAI's clients read. */
export function sendApiError(response: ServerResponse, status: number, error: PermafrostError): void {
  if (response.headersSent) return void response.destroy();
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  const type = status < 500 ? 'invalid_request_error' : 'api_error';
  const body = JSON.stringify({ error: { message: error.sentence, type, param: null, code: error.code } });
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close', ...challenge })
    .end(body);
}
