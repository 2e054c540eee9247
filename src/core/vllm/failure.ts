import * as z from 'zod';
import {
  contextTooLong,
  endpointUnreachable,
  hasCode,
  keyRefused,
  modelNotServed,
  portBlocked,
  rateLimited,
  redirected,
  requestRefused,
  serverFailed,
  unexpectedAnswer,
} from '../errors.ts';
import { Passing } from './retry.ts';

/** An answer that is not a success. */
export interface Refusal {
  readonly endpoint: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: string;
  /** Whether a key went with the request. */
  readonly hadKey: boolean;
}

/** The error for an answer that is not a success: a `Passing` one when the same request may do better soon. */
export function refusalError(refusal: Refusal): Error {
  const { endpoint, status, path } = refusal;
  const message = messageOf(refusal.body);
  if (status < 400) return redirected(endpoint, destination(refusal));
  if (status === 401 || status === 403) return keyRefused(endpoint, status, refusal.hadKey);
  if (status === 429) return atItsLimit(refusal);
  if (status === 404) return notFound(endpoint, path, message);
  if (status === 405)
    return unexpectedAnswer(endpoint, `it does not accept the request at ${path}`, new NotOffered(path));
  if (status === 502 || status === 503 || status === 504) return atWork(refusal, status, message);
  if (status >= 500) return serverFailed(endpoint, status, message);
  return tooLong(message) ?? requestRefused(endpoint, status, message);
}

/** The cause of an unexpected answer when there is nothing at that path, as behind a gateway that lets only /v1 through. */
class NotOffered extends Error {}

/** Whether a call failed because the server has nothing at its path. */
export function isNotOffered(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.cause instanceof NotOffered;
}

/** What a server answers, or null when it, or a gateway before it, has nothing at that path. */
export async function ifOffered<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (isNotOffered(thrown)) return null;
    throw thrown;
  }
}

/**
 * The same for what a server says of itself. vLLM asks for no key outside /v1, so who is refused there is refused by a
 * gateway, which says nothing about the rest: a wrong key is told by /v1/models.
 */
export async function ifTold<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await ifOffered(answer);
  } catch (thrown) {
    if (isKeyRefused(thrown)) return null;
    throw thrown;
  }
}

function isKeyRefused(thrown: unknown): boolean {
  return hasCode(thrown, 'PF-8001');
}

/** The cause of a failure that is not the request's: the server is not up yet, or a gateway finds none. */
class Unavailable extends Error {}

/** Whether a call failed because there is no server at work. */
export function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.cause instanceof Unavailable;
}

function tooLong(message: string): Error | undefined {
  if (/maximum context length|longer than the maximum model length/i.test(message))
    return contextTooLong(message);
  // The client asks for at least one token; a server that counts none has subtracted the prompt.
  if (!message.startsWith('max_tokens must be at least 1')) return undefined;
  return contextTooLong("The prompt fills the model's context and leaves no room for one token.");
}

/** The error for a request that got no answer at all. */
export function connectionError(endpoint: string, thrown: unknown): Error {
  const code = codeOf(thrown);
  const said = innermost(thrown);
  if (said === BAD_PORT) return portBlocked(endpoint, thrown);
  const reason = new Error(REASONS[code] ?? said, { cause: thrown });
  const error = endpointUnreachable(endpoint, reason);
  return PASSING_CODES.has(code) ? new Passing(error) : error;
}

/** All that undici says of a port that fetch must not use: https://fetch.spec.whatwg.org/#port-blocking. */
const BAD_PORT = 'bad port';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'it closed the connection without an answer (ECONNRESET)',
  UND_ERR_SOCKET: 'it closed the connection without an answer',
  ENOTFOUND: 'there is no host of that name (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host could not be looked up (EAI_AGAIN)',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
};

const PASSING_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'EAI_AGAIN']);

/** The code of a failed fetch, which is in its cause or, for a name with several addresses, one deeper. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return codeOf(thrown instanceof AggregateError ? thrown.errors[0] : thrown.cause);
}

function innermost(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? innermost(thrown.cause) : thrown.message;
}

const failed = z.looseObject({ message: z.string() });
const errorBody = z.union([
  z.looseObject({ error: failed }).transform(({ error }) => error.message),
  z.looseObject({ error: z.string() }).transform(({ error }) => error),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => detail),
  failed.transform(({ message }) => message), // vLLM before 0.10
]);

const LONGEST_MESSAGE = 500;

/** A salt where a request is quoted, as vLLM does for one that is not valid: in Python's writing, or in JSON within JSON. */
const SALT = /(cache_salt[\\"']*\s*[:=]\s*\\*(["']))(?:(?!\\*\2).)*/gs;

/** What the server says about its failure, in one line of bearable length. */
function messageOf(body: string): string {
  if (looksLikeHtml(body)) return 'it answered with an HTML page.';
  const parsed = errorBody.safeParse(jsonOrNothing(body));
  const message = (parsed.success ? parsed.data : body).trim().replace(SALT, '$1...');
  if (message === '') return 'it gave no reason.';
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message;
}

/** Whether a body is a web page: what a proxy, a login page or another kind of server sends. */
export function looksLikeHtml(body: string): boolean {
  return /^\s*<(!doctype|html|head|body)/i.test(body);
}

function jsonOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // an error answer need not be JSON: its text is then the message
  }
}

function notFound(endpoint: string, path: string, message: string): Error {
  const [, model] = /The model [`'"](.+?)[`'"] does not exist/.exec(message) ?? [];
  if (model === undefined) return unexpectedAnswer(endpoint, `it has no ${path}`, new NotOffered(path));
  const [, aliases] = /Valid aliases: (.+?)\.?$/.exec(message) ?? [];
  return modelNotServed(model, aliases?.split(', ') ?? []);
}

function atWork({ endpoint, headers, path }: Refusal, status: number, message: string): Error {
  const waitMs = retryAfter(headers.get('retry-after'));
  const facts = { ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }), cause: new Unavailable(path) };
  return new Passing(serverFailed(endpoint, status, message, facts), waitMs);
}

function atItsLimit({ endpoint, headers }: Refusal): Error {
  const waitMs = retryAfter(headers.get('retry-after'));
  return new Passing(rateLimited(endpoint, waitMs), waitMs);
}

/** Retry-After (RFC 9110, 10.2.3) in milliseconds: a number of seconds, or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined;
}

/** Where a redirect leads, without a query: that may hold a secret. */
function destination({ endpoint, headers }: Refusal): string {
  const url = URL.parse(headers.get('location') ?? '', `${endpoint}/`);
  return url === null ? 'another address' : url.origin + url.pathname;
}
