import type * as z from 'zod';
import { brokenOff, PermafrostError, unexpectedAnswer, unusableKey } from '../errors.ts';
import { Deadline } from './deadline.ts';
import { baseAddress } from './endpoint.ts';
import { connectionError, looksLikeHtml, refusalError } from './failure.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { persist } from './retry.ts';

export interface HttpOptions {
  /** The base address, with or without `/v1` and a slash at the end. */
  readonly endpoint: string;
  /** Asked for at every attempt, so that a key that was changed counts at once. */
  readonly apiKey?: () => Promise<string | undefined>;
  readonly timeoutMs?: Partial<Limits>;
  /** Another `fetch` than the global one. */
  readonly fetch?: Fetch;
}

/** What is used of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    readonly method?: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<FetchedResponse>;

export interface FetchedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: ReadableStream<Uint8Array> | null;
}

export interface Request {
  readonly path: string;
  /** Sent as JSON by POST; without one, the request is a GET. */
  readonly body?: unknown;
}

/** Bytes of an answer that is read as a whole; the longest of vLLM's, the ids of a long prompt, has some MB. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** Requests to one server: with the key, a deadline, retries and errors by code; redirects are never followed. */
export class Http {
  readonly endpoint: string;
  readonly limits: Limits;
  readonly #apiKey: () => Promise<string | undefined>;
  readonly #fetch: Fetch;

  constructor(options: HttpOptions) {
    this.endpoint = baseAddress(options.endpoint);
    this.limits = { ...DEFAULT_LIMITS, ...options.timeoutMs };
    this.#apiKey = options.apiKey ?? (() => Promise.resolve(undefined));
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /** The JSON answer of a control call, parsed. */
  async json<T>(request: Request, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    const text = await this.text(request, signal);
    const parsed = schema.safeParse(this.#parse(request.path, text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`;
    throw unexpectedAnswer(
      this.endpoint,
      `its answer to ${request.path} has another form${where}`,
      parsed.error,
    );
  }

  /** The answer of a control call as text; a web page is an error. */
  async text(request: Request, signal?: AbortSignal): Promise<string> {
    const deadline = new Deadline(`Waiting for ${this.endpoint}${request.path}`, this.limits.control, signal);
    try {
      const response = await this.open(request, deadline);
      const text = await this.#read(response, deadline);
      if (looksLikeHtml(text))
        throw unexpectedAnswer(this.endpoint, `it sent a web page for ${request.path}`);
      return text;
    } finally {
      deadline.close();
    }
  }

  /** A successful answer whose body is still to be read, after retries of what may pass. */
  open(request: Request, deadline: Deadline): Promise<FetchedResponse> {
    return persist(() => this.#attempt(request, deadline), deadline);
  }

  async #attempt(request: Request, deadline: Deadline): Promise<FetchedResponse> {
    deadline.signal.throwIfAborted();
    const sent = await this.#headers(request);
    const init = { ...toInit(request), headers: sent, signal: deadline.signal };
    const response = await this.#send(request.path, init, deadline);
    if (response.ok) return response;
    const { status, headers } = response;
    const body = await this.#read(response, deadline);
    const hadKey = 'authorization' in sent;
    throw refusalError({ endpoint: this.endpoint, path: request.path, status, headers, body, hadKey });
  }

  async #send(path: string, init: Parameters<Fetch>[1], deadline: Deadline): Promise<FetchedResponse> {
    try {
      return await this.#fetch(this.endpoint + path, init);
    } catch (thrown) {
      deadline.signal.throwIfAborted();
      throw connectionError(this.endpoint, thrown);
    }
  }

  async #read(response: FetchedResponse, deadline: Deadline): Promise<string> {
    try {
      return await deadline.race(this.#readWhole(response));
    } catch (thrown) {
      deadline.signal.throwIfAborted();
      throw thrown instanceof PermafrostError ? thrown : brokenOff(this.endpoint, thrown);
    }
  }

  async #readWhole(response: FetchedResponse): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > LONGEST_ANSWER) throw unexpectedAnswer(this.endpoint, 'its answer does not end');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async #headers({ body }: Request): Promise<Record<string, string>> {
    const key = await this.#apiKey();
    if (key !== undefined && key !== '' && !isSendable(key)) throw unusableKey();
    return {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }),
    };
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw unexpectedAnswer(this.endpoint, `its answer to ${path} is not JSON`, cause);
    }
  }
}

/** Whether a key can stand in a header. `fetch` would quote one that cannot in its error, for all to read. */
export function isSendable(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

function toInit({ body }: Request) {
  const init = { redirect: 'manual' } as const;
  return body === undefined ? init : { ...init, method: 'POST', body: JSON.stringify(body) };
}
