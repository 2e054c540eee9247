import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import { keyRefused, unusableKey, type PermafrostError } from '../../core/errors.ts';
import { connectionError } from '../../core/vllm/failure.ts';
import { isSendable } from '../../core/vllm/http.ts';
import { Passing } from '../../core/vllm/retry.ts';
import { sentHeaders, type RawHeaders } from './headers.ts';
import { isClosed, patient } from './patientAgent.ts';

/** A request as it goes on to a server. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as the client wrote them. */
  readonly path: string;
  /** Those of the client. */
  readonly headers: RawHeaders;
}

/** Its path, without the query. */
export function pathOf({ path }: RequestHead): string {
  return path.split('?', 1)[0] ?? '';
}

export interface UpstreamRequest extends RequestHead {
  /** Undefined where the client sent none. */
  readonly body: Buffer | Readable | undefined;
}

/** The server that requests are passed on to. */
export interface Upstream {
  readonly endpoint: string;
  /**
   * Resolves with the head of the answer, whatever its status; the body is still to be read.
   * @throws PF-5002 when there is no answer.
   */
  send(request: UpstreamRequest, signal: AbortSignal): Promise<http.IncomingMessage>;
}

export interface EndpointOptions {
  readonly endpoint: string;
  readonly apiKey: string | undefined;
  readonly log: (line: string) => void;
}

/** vLLM's web server closes connections that rest for five seconds. */
const REST_MS = 4_000;

/** One vLLM server, by connections that are kept. `fetch` would decompress, follow and rename what is to stay as it is. */
export class EndpointUpstream implements Upstream {
  readonly endpoint: string;
  readonly #url: URL;
  readonly #key: string | undefined;
  readonly #log: (line: string) => void;
  readonly #request: typeof http.request;
  readonly #kept: http.Agent;
  /** For connections that are closed after one request. */
  readonly #fresh: http.Agent;

  /** @throws PF-8006 when the key cannot be sent. */
  constructor({ endpoint, apiKey, log }: EndpointOptions) {
    if (apiKey !== undefined && !isSendable(apiKey)) throw unusableKey();
    this.endpoint = endpoint;
    this.#url = new URL(endpoint);
    this.#key = apiKey;
    this.#log = log;
    const scheme = this.#url.protocol === 'https:' ? https : http;
    this.#request = scheme.request;
    this.#kept = patient(new scheme.Agent({ keepAlive: true, timeout: REST_MS }));
    this.#fresh = patient(new scheme.Agent());
  }

  async send(request: UpstreamRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    // The second time it has a connection of its own, which was never kept: so there is no third.
    for (let agent = this.#kept; ; agent = this.#fresh) {
      const sent = this.#open(request, agent, signal);
      try {
        const answer = await answerTo(sent);
        if (answer.statusCode === 401) this.#tellKeyRefused(request);
        answer.rawHeaders = answer.rawHeaders.map((value, at, headers) =>
          headers[at - 1]?.toLowerCase() === 'location' && at % 2 === 1
            ? this.#fromHere(value, request)
            : value,
        );
        return answer;
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isRepeatable(request, sent, thrown)) throw this.#unreachable(thrown);
      }
    }
  }

  #open(
    { method, path, headers, body }: UpstreamRequest,
    agent: http.Agent,
    signal: AbortSignal,
  ): http.ClientRequest {
    const { hostname, port, pathname } = this.#url;
    const isWhole = body === undefined || Buffer.isBuffer(body);
    const length = isWhole ? body?.length : 'stream';
    const sent = this.#request({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method,
      path: (pathname === '/' ? '' : pathname) + path,
      headers: sentHeaders(headers, { host: this.#url.host, key: this.#key, length }),
      // What comes as a stream has a connection of its own, which cannot be closed just then.
      agent: isWhole ? agent : this.#fresh,
      signal,
    });
    if (isWhole) sent.end(body);
    else body.on('error', () => sent.destroy()).pipe(sent);
    return sent;
  }

  /** Where the server sends a client on, as the client reaches it: by way of the proxy, which has the key. */
  #fromHere(location: string, { path }: RequestHead): string {
    const base = this.#url.href.replace(/\/$/, '');
    const there = URL.parse(location, base + path)?.href ?? location;
    return there.startsWith(`${base}/`) ? there.slice(base.length) : there;
  }

  /** A client would take this for a refusal of its own key, which is that of the proxy. */
  #tellKeyRefused(request: UpstreamRequest): void {
    this.#log(
      `${request.method} ${pathOf(request)}: ${keyRefused(this.endpoint, 401, this.#key !== undefined).sentence}`,
    );
  }

  #unreachable(thrown: unknown): PermafrostError | Error {
    const error = connectionError(this.endpoint, thrown);
    return error instanceof Passing ? error.error : error;
  }
}

function answerTo(sent: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    // It stays: an error after the answer began shows in the answer too, and must have somebody who hears it.
    sent.on('error', reject);
    sent.once('response', resolve);
  });
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request is to be sent once more: it found a kept connection closed. The server may have seen it all the
 * same, so one that does something is the client's to repeat (RFC 9110, 9.2.2), lest it be done twice.
 */
function isRepeatable({ method }: UpstreamRequest, sent: http.ClientRequest, thrown: unknown): boolean {
  return SAFE.has(method) && sent.reusedSocket && isClosed(thrown);
}
