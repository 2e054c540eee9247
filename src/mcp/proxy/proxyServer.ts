import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { asPermafrostError, clientRefused, invalidInput, proxyStopping } from '../../core/errors.ts';
import { SparingLog } from '../../core/sparingLog.ts';
import type { Connection } from '../connection.ts';
import type { HttpRefusal } from '../httpRefusal.ts';
import { listen, Loopback, LOOPBACK_HOST } from '../loopback.ts';
import { sendApiError } from './apiError.ts';
import { CHAT_BYTES, hasBody, readUpTo, tooLargeToRecord } from './bodies.ts';
import { exchangeChat, exchangePrompt, type ChatDesk } from './chatExchange.ts';
import { readChatRequest, readPromptRequest } from './chatRequest.ts';
import { ClientSalts } from './clientSalts.ts';
import { without } from './headers.ts';
import { passOn } from './passing.ts';
import type { Recorder } from './recorder.ts';
import { targetRefusal } from './target.ts';
import { UnknownFields } from './unknownFields.ts';
import { pathOf, type RequestHead, type Upstream } from './upstream.ts';

export interface ProxyOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly upstream: Upstream;
  readonly recorder: Recorder;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Requests that are no chat are read so far only so that they go over a kept connection, which no slow client then holds up. */
const OTHER_BYTES = 1024 * 1024;

/** How long requests that were broken off may take to come to their end, in milliseconds. */
const END_MS = 500;

const TOKEN_HINT =
  'Send the token that the proxy was started with as "Authorization: Bearer T", which clients call their API key.';

const ADDRESS_HINT =
  'Use the address that the proxy says it listens at, from a program on this machine: pages in a browser are not let in.';

const TARGET_HINT = "Use the proxy's address with /v1 as the base address, and paths below it.";

/** What TRACE asks for is the request as the server got it (RFC 9110, 9.3.8): with its key, which no client is to see. */
const NO_TRACE = 'TRACE is not passed on: its answer would hold the key of the server.';
const TRACE_HINT = 'Use another method.';

const CHAT_PATH = /^\/v1\/chat\/completions(?:\?|$)/;

/** Where text is asked for that is no chat, or whose conversation the server keeps itself. */
const PROMPT_PATH = /^\/v1\/(?:completions|responses)(?:\?|$)/;

const NOT_KEPT = 'is passed on but not kept: only chats (/v1/chat/completions) become sessions';

/** Passes every request on to the server, and keeps chats as sessions. */
export class ProxyServer implements Connection {
  readonly ended = new Promise<void>(() => undefined);
  readonly #options: ProxyOptions;
  readonly #desk: ChatDesk;
  readonly #loopback: Loopback;
  readonly #http: Server;
  /** The requests that are under way, each with what cancels it. */
  readonly #open = new Map<Promise<void>, AbortController>();
  readonly #told = new Set<string>();
  /** For what whoever asks may bring about as often as they like. */
  readonly #sparingLog: SparingLog;
  #draining = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#sparingLog = new SparingLog(options.log);
    this.#desk = { ...options, unknown: new UnknownFields(options), salts: new ClientSalts() };
    this.#loopback = new Loopback(options.token);
    // What a model writes may take its time, and so may a client that sends a long conversation.
    this.#http = createServer({ requestTimeout: 0 }, (request, response) => {
      const controller = new AbortController();
      const answered = this.#answer(request, response, controller).finally(() => this.#open.delete(answered));
      this.#open.set(answered, controller);
    });
  }

  /** Begins to listen; gives its address. @throws PF-1001 when the port cannot be had. */
  async open(): Promise<string> {
    const port = await listen(this.#http, this.#options.port, '--port');
    this.#loopback.isAt(port);
    return `http://${LOOPBACK_HOST}:${port}`;
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.#http.close();
    await Promise.all(this.#open.keys());
  }

  async close(): Promise<void> {
    for (const controller of this.#open.values()) controller.abort();
    this.#http.closeAllConnections();
    // What was broken off comes to its end, and what was asked is kept.
    await Promise.race([Promise.all(this.#open.keys()), delay(END_MS)]);
    this.#options.recorder.flush();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    controller: AbortController,
  ): Promise<void> {
    response.once('close', () => {
      if (!response.writableFinished) controller.abort(); // The client has left before its answer was whole.
    });
    request.on('error', () => controller.abort()); // The client has left in the middle of its request.
    try {
      await this.#pass(request, response, controller.signal);
    } catch (thrown) {
      if (!controller.signal.aborted) this.#fail(response, thrown);
    }
  }

  async #pass(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const refused = this.#loopback.refuse(request);
    if (refused !== undefined) return this.#refuse(response, refused);
    if (this.#draining) return sendApiError(response, 503, proxyStopping());
    const { method = 'GET', url = '/', rawHeaders: headers } = request;
    if (method === 'TRACE') return sendApiError(response, 405, invalidInput(NO_TRACE, TRACE_HINT));
    const misled = targetRefusal(url);
    if (misled !== undefined) return sendApiError(response, 400, invalidInput(misled, TARGET_HINT));
    return this.#exchange({ method, path: url, headers }, request, response, signal);
  }

  async #exchange(
    head: RequestHead,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const kind = kindOf(head);
    const most = kind === 'other' ? OTHER_BYTES : CHAT_BYTES;
    const body = hasBody(request) ? await readUpTo(request, most) : undefined;
    if (kind === 'chat' && body instanceof Readable) this.#options.log(tooLargeToRecord('the request'));
    if (kind === 'prompt') this.#tellOnce(`${pathOf(head)} ${NOT_KEPT}`);
    // What is compressed could not be read.
    const readable = { ...head, headers: without(head.headers, ['accept-encoding']) };
    const chat = kind === 'chat' && Buffer.isBuffer(body) ? readChatRequest(body) : undefined;
    if (chat !== undefined) return exchangeChat(this.#desk, readable, chat, response, signal);
    const prompt = kind === 'prompt' && Buffer.isBuffer(body) ? readPromptRequest(body) : undefined;
    if (prompt !== undefined) return exchangePrompt(this.#desk, readable, prompt, response, signal);
    await passOn(await this.#options.upstream.send({ ...head, body }, signal), response);
  }

  #tellOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#options.log(line);
  }

  #refuse(response: ServerResponse, { status, message }: HttpRefusal): void {
    const isKey = status === 401;
    this.#tellRefusal(isKey ? 'It came without the token of the proxy.' : message);
    sendApiError(response, status, clientRefused(message, isKey ? TOKEN_HINT : ADDRESS_HINT));
  }

  /** Whoever sends such requests may not stop, and names what they like in them. */
  #tellRefusal(why: string): void {
    const [reason = ''] = why.split('"', 1);
    const line = `a request was refused (told at most once a minute): ${why}`;
    this.#sparingLog.tell(line, `refused: ${reason}`);
  }

  #fail(response: ServerResponse, thrown: unknown): void {
    const error = asPermafrostError(thrown);
    const isOurs = error.code === 'PF-9001';
    const what = isOurs && thrown instanceof Error ? String(thrown.stack) : error.sentence;
    this.#sparingLog.tell(`a request failed: ${what}`);
    sendApiError(response, isOurs ? 500 : 502, error);
  }
}

function kindOf({ method, path }: RequestHead): 'chat' | 'prompt' | 'other' {
  if (method === 'POST' && CHAT_PATH.test(path)) return 'chat';
  return method === 'POST' && PROMPT_PATH.test(path) ? 'prompt' : 'other';
}
