import { randomUUID } from 'node:crypto';
import type { createServer, IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { REQUEST_BYTES, type Connection } from './connection.ts';
import { respond, type HttpRefusal } from './httpRefusal.ts';
import { HttpSessions } from './httpSessions.ts';
import { listen, Loopback, LOOPBACK_HOST } from './loopback.ts';

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly log: (line: string) => void;
  /** Makes the server for one more client. */
  readonly newServer: () => Server;
}

const PATHS = new Set(['/', '/mcp']);

/**
 * Speaks MCP's Streamable HTTP on the loopback interface.
 * @throws PF-1001 when the port cannot be had.
 */
export async function serveHttp(options: HttpOptions): Promise<Connection> {
  const http = await import('node:http'); // Here, for a server on stdio need not wait 3 ms for it.
  const door = new HttpDoor(options, http.createServer);
  const address = await door.open();
  options.log(`listening on ${address}/mcp`);
  return door;
}

/** Leads whom `Loopback` lets in to a session of their own. */
class HttpDoor implements Connection {
  readonly ended = new Promise<void>(() => undefined);
  readonly #options: HttpOptions;
  readonly #sessions: HttpSessions;
  readonly #http: HttpServer;
  readonly #loopback: Loopback;
  #draining = false;

  constructor(options: HttpOptions, create: typeof createServer) {
    this.#options = options;
    this.#loopback = new Loopback(options.token);
    this.#sessions = new HttpSessions({
      newServer: options.newServer,
      newId: randomUUID,
      maxRequestBytes: REQUEST_BYTES,
    });
    this.#http = create((request, response) => {
      this.#answer(request, response).catch((cause: unknown) => {
        options.log(`a request failed: ${cause instanceof Error ? String(cause.stack) : String(cause)}`);
        respond(response, { status: 500, message: 'Something went wrong inside Permafrost.' });
      });
    });
  }

  async open(): Promise<string> {
    const port = await listen(this.#http, this.#options.port, '--http');
    this.#loopback.isAt(port);
    return `http://${LOOPBACK_HOST}:${port}`;
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.#http.close();
    await this.#sessions.answered();
  }

  async close(): Promise<void> {
    await this.#sessions.close();
    this.#http.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = this.#refuse(request);
    if (refused !== undefined) respond(response, refused);
    else await this.#sessions.answer(request, response);
  }

  #refuse(request: IncomingMessage): HttpRefusal | undefined {
    const refused = this.#loopback.refuse(request);
    if (refused !== undefined) return refused;
    const { url = '/' } = request;
    if (!PATHS.has(url.replace(/\?.*$/, ''))) return { status: 404, message: 'MCP is at /mcp.' };
    if (this.#draining) return { status: 503, message: 'The server is stopping.' };
    return undefined;
  }
}
