import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { ApiError, badRequest, methodNotAllowed, notFound, unauthorized, unknownModel } from './apiError.ts';
import { Engine } from './engine.ts';
import { commit, Faults } from './faults.ts';
import { answerChat, answerCompletion, chatTokenIds, type Desk } from './generate.ts';
import { metricsText } from './metricsText.ts';
import type { PrefixCache } from './prefixCache.ts';
import { chatBody, completionBody, detokenizeBody, parseBody, tokenizeBody } from './requests.ts';
import { settle, type Settings, type StandinOptions } from './settings.ts';
import { detokenize } from './tokenizer.ts';

/** One request that came in. */
interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A stand-in for a vLLM server that runs: the endpoints, errors and prefix cache of vLLM, without a model. */
export interface Standin {
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly cache: PrefixCache;
  readonly faults: Faults;
  /** The last requests, oldest first. */
  readonly received: readonly Received[];
  /** Connections that were opened to it since it began. */
  readonly connections: number;
  /** Stops at once, whatever is under way. */
  close(): Promise<void>;
}

const RECEIVED_KEPT = 1_000;

export async function startStandin(options: StandinOptions = {}): Promise<Standin> {
  const settings = settle(options);
  const engine = new Engine(settings);
  const faults = new Faults();
  const received: Received[] = [];
  const server = createServer((request, response) => {
    note(received, request);
    void serve({ engine, settings, faults }, request, response);
  });
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  return {
    url: `http://${settings.host}:${port}`,
    model: settings.model,
    apiKey: settings.apiKey,
    cache: engine.cache,
    faults,
    received,
    get connections() {
      return connections;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface House {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly faults: Faults;
}

function note(received: Received[], { method = '', url = '', headers }: IncomingMessage): void {
  received.push({ method, path: url, headers });
  if (received.length > RECEIVED_KEPT) received.shift();
}

async function serve(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://standin');
  const fault = house.faults.take(pathname);
  try {
    if (fault !== undefined && (await commit(fault, response))) return;
    checkKey(house.settings, pathname, request);
    const route = findRoute(pathname, request.method);
    await route({ ...house, response, fault }, request);
  } catch (thrown) {
    refuse(response, thrown);
  }
}

function refuse(response: ServerResponse, thrown: unknown): void {
  if (response.destroyed || response.headersSent) return; // the client has left
  const { status, body } =
    thrown instanceof ApiError
      ? thrown
      : { status: 500, body: { error: { message: String(thrown), type: 'InternalServerError', code: 500 } } };
  sendJson(response, body, status);
}

function checkKey({ apiKey }: Settings, path: string, { headers }: IncomingMessage): void {
  if (apiKey !== undefined && path.startsWith('/v1') && headers.authorization !== `Bearer ${apiKey}`) {
    throw unauthorized();
  }
}

type Route = (desk: Desk, request: IncomingMessage) => Promise<void> | void;

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/health': { GET: ({ response }) => void response.end() },
  '/version': { GET: ({ response, settings }) => sendJson(response, { version: settings.version }) },
  '/load': { GET: ({ response, engine }) => sendJson(response, { server_load: engine.counters.running }) },
  '/metrics': { GET: sendMetrics },
  '/v1/models': { GET: sendModels },
  '/tokenize': { POST: sendTokens },
  '/detokenize': { POST: sendText },
  '/v1/completions': {
    POST: async (desk, request) => answerCompletion(desk, await read(desk, request, completionBody)),
  },
  '/v1/chat/completions': {
    POST: async (desk, request) => answerChat(desk, await read(desk, request, chatBody)),
  },
};

function findRoute(path: string, method = 'GET'): Route {
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined) throw notFound();
  const route = methods[method];
  if (route === undefined) throw methodNotAllowed();
  return route;
}

function sendMetrics({ engine, settings, response }: Desk): void {
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  response.end(metricsText(engine.counters, engine.cache.hashes.length, settings));
}

function sendModels({ response, settings }: Desk): void {
  const model = {
    id: settings.model,
    object: 'model',
    created: Math.floor(Date.now() / 1000),
    owned_by: 'permafrost-standin',
    root: settings.root,
    parent: null,
    max_model_len: settings.maxModelLen,
  };
  sendJson(response, { object: 'list', data: [model] });
}

async function sendTokens(desk: Desk, request: IncomingMessage): Promise<void> {
  const body = await read(desk, request, tokenizeBody);
  const tokens = chatTokenIds(body, desk.settings);
  const { maxModelLen } = desk.settings;
  sendJson(desk.response, { count: tokens.length, max_model_len: maxModelLen, tokens, token_strs: null });
}

async function sendText(desk: Desk, request: IncomingMessage): Promise<void> {
  const { tokens } = await read(desk, request, detokenizeBody);
  sendJson(desk.response, { prompt: detokenize(tokens) });
}

async function read<T extends { model?: string | null | undefined }>(
  { settings }: Desk,
  request: IncomingMessage,
  schema: Parameters<typeof parseBody<T>>[0],
): Promise<T> {
  const body = parseBody(schema, await readJson(request));
  const model = body.model ?? settings.model;
  if (model !== settings.model) throw unknownModel(model, settings.model);
  return body;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return await json(request);
  } catch {
    throw badRequest(
      "1 validation error:\n  {'type': 'json_invalid', 'loc': 'body', 'msg': 'JSON decode error'}",
    );
  }
}

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
