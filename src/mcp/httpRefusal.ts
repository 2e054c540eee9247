import type { ServerResponse } from 'node:http';
import { refusal } from './messages.ts';

/** Why a request is not passed on. */
export interface HttpRefusal {
  readonly status: number;
  readonly message: string;
}

/** What the MCP specification wants for requests that are refused: a JSON-RPC error without an id. */
export function respond(response: ServerResponse, { status, message }: HttpRefusal): void {
  if (response.headersSent) return void response.destroy();
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  response
    .writeHead(status, { ...headers, ...challenge })
    .end(JSON.stringify(refusal(null, -32_000, message)));
}
