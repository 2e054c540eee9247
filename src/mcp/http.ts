import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { createServer, IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { invalidInput } from '../core/errors.ts';
import { REQUEST_BYTES, type Connection } from './connection.ts';
import { respond, type HttpRefusal } from './httpRefusal.ts';
import { HttpSessions } from './httpSessions.ts';

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly log: (line: string) => void;
  /** Makes the server for one more client. */
  readonly newServer: () => Server;
}

const HOST = '127.0.0.1';
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

/** Lets in who has the token, and comes from this machine and not by way of a browser's page. */
class HttpDoor implements Connection {
  readonly ended = new Promise<void>(() => undefined);
  readonly #options: HttpOptions;
  readonly #sessions: HttpSessions;
  readonly #http: HttpServer;
  readonly #token: Buffer;
  #hosts: ReadonlySet<string> = new Set();
  #draining = false;

  constructor(options: HttpOptions, create: typeof createServer) {
    this.#options = options;
    this.#token = digest(`Bearer ${options.token}`);
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
    const port = await listen(this.#http, this.#options.port);
    const names = [HOST, 'localhost', '[::1]'];
    // Clients leave the port out where it is the one that HTTP has by itself.
    this.#hosts = new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
    return `http://${HOST}:${port}`;
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

  #refuse({ headers, url = '/' }: IncomingMessage): HttpRefusal | undefined {
    const { host = '', origin, authorization = '' } = headers;
    // A page that was led here by a DNS trick names another host, and any page names its origin.
    if (!this.#hosts.has(host)) return { status: 403, message: `The host "${host}" is not this server.` };
    if (origin !== undefined && !this.#isOwn(origin))
      return { status: 403, message: `The origin "${origin}" may not call this server.` };
    if (!timingSafeEqual(digest(authorization), this.#token))
      return { status: 401, message: 'A bearer token is needed: the one the server was started with.' };
    if (!PATHS.has(url.replace(/\?.*$/, ''))) return { status: 404, message: 'MCP is at /mcp.' };
    if (this.#draining) return { status: 503, message: 'The server is stopping.' };
    return undefined;
  }

  #isOwn(origin: string): boolean {
    return origin.startsWith('http://') && this.#hosts.has(origin.slice('http://'.length));
  }
}

/** Digests have one length, so that comparing them tells nothing about the length of the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function listen(http: HttpServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause) =>
      reject(
        invalidInput(
          `--http ${port} cannot be used: ${cause.message}.`,
          'Choose another port; 0 takes a free one.',
        ),
      ),
    );
    http.listen(port, HOST, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
