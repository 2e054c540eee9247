import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { respond } from './httpRefusal.ts';
import { toWebRequest, sendWebResponse } from './webHttp.ts';

/** Sessions kept at once. Clients often leave without a word, so beyond this the longest unused ones go. */
const SESSIONS_KEPT = 64;

export interface HttpSessionsOptions {
  readonly newServer: () => Server;
  readonly newId: () => string;
  readonly maxRequestBytes: number;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: Server;
  /** Responses under way, standing event streams among them. */
  open: number;
}

/** The clients of the HTTP server: each has a session, told by the header `Mcp-Session-Id`. */
export class HttpSessions {
  readonly #options: HttpSessionsOptions;
  /** The one used last is the last. */
  readonly #sessions = new Map<string, Session>();
  readonly #posts = new Set<ServerResponse>();
  #allAnswered: (() => void) | undefined;

  constructor(options: HttpSessionsOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') this.#await(response);
    const id = request.headers['mcp-session-id'];
    if (id === undefined) return this.#begin(request, response);
    const session = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    // 404 tells the client to begin a new session.
    if (session === undefined)
      return respond(response, { status: 404, message: 'There is no such session (any more).' });
    this.#touch(session);
    await this.#handle(session, request, response);
  }

  /** Resolves when every request has its answer; event streams that stand open do not count. */
  answered(): Promise<void> {
    return this.#posts.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.#allAnswered = resolve));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  async #begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#newSession();
    await session.server.connect(session.transport);
    await this.#handle(session, request, response);
    // Without a session id the request was no initialize, and has been refused.
    if (session.transport.sessionId === undefined) await session.server.close();
  }

  #newSession(): Session {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: this.#options.newId,
      onsessioninitialized: () => this.#touch(session),
      onsessionclosed: (id) => void this.#sessions.delete(id),
      maxRequestBodySize: this.#options.maxRequestBytes,
    });
    const session: Session = { transport, server: this.#options.newServer(), open: 0 };
    return session;
  }

  async #handle(session: Session, request: IncomingMessage, response: ServerResponse): Promise<void> {
    session.open += 1;
    response.once('close', () => (session.open -= 1));
    await sendWebResponse(await session.transport.handleRequest(toWebRequest(request)), response);
  }

  #touch(session: Session): void {
    const id = session.transport.sessionId;
    if (id === undefined) return;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (this.#sessions.size > SESSIONS_KEPT) this.#dropUnused();
  }

  #dropUnused(): void {
    const unused = [...this.#sessions].find(([, { open }]) => open === 0);
    if (unused === undefined) return;
    const [id, { server }] = unused;
    this.#sessions.delete(id);
    void server.close();
  }

  #await(response: ServerResponse): void {
    this.#posts.add(response);
    response.once('close', () => {
      this.#posts.delete(response);
      if (this.#posts.size === 0) this.#allAnswered?.();
    });
  }
}
