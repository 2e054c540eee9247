import { unexpectedAnswer } from '../errors.ts';
import { detokenizeAnswer, loadAnswer, modelsAnswer, tokenizeAnswer, versionAnswer } from './answers.ts';
import type { GenerationEvent } from './generation.ts';
import { streamGeneration } from './generationStream.ts';
import { Http, type HttpOptions } from './http.ts';
import { toChatBody, toCompletionBody, toTokenizeBody } from './requests.ts';
import type { ChatRequest, CompletionRequest, TokenizeRequest } from './requests.ts';
import { parseMetrics, type ServerMetrics } from './serverMetrics.ts';

export interface VllmClientOptions extends HttpOptions {
  /** The server's PYTHONHASHSEED, which no server tells. */
  readonly hashSeed?: string | undefined;
}

export interface ServedModel {
  readonly id: string;
  /** The path or name that the weights were loaded from. */
  readonly root: string | null;
  /** The longest prompt and answer together, in tokens. */
  readonly maxModelLen: number | null;
}

export interface Tokenized {
  readonly tokens: readonly number[];
  readonly maxModelLen: number;
}

/**
 * Talks to one vLLM server. Every call fails with a PermafrostError: PF-5xxx for the connection and the server,
 * PF-6001 when a limit of `timeoutMs` is reached, PF-6002 when the caller cancels, PF-7001 and PF-7003 for a model
 * that is not served or a prompt too long for it, PF-8001 and PF-8002 for a refused key and a rate limit.
 */
export class VllmClient {
  /** The server's PYTHONHASHSEED, as far as somebody said it. */
  readonly hashSeed: string | undefined;
  readonly #http: Http;

  /** Throws PF-1001 when the endpoint is not an address. */
  constructor(options: VllmClientOptions) {
    this.#http = new Http(options);
    this.hashSeed = options.hashSeed;
  }

  /** The server's base address, without `/v1`. */
  get endpoint(): string {
    return this.#http.endpoint;
  }

  /** Resolves when the server says that it is healthy. */
  async health(signal?: AbortSignal): Promise<void> {
    await this.#http.text({ path: '/health' }, signal);
  }

  /** The server's version, like `0.32.0`. */
  async version(signal?: AbortSignal): Promise<string> {
    return (await this.#http.json({ path: '/version' }, versionAnswer, signal)).version;
  }

  async models(signal?: AbortSignal): Promise<ServedModel[]> {
    const { data } = await this.#http.json({ path: '/v1/models' }, modelsAnswer, signal);
    return data.map(({ id, root, max_model_len }) => ({
      id,
      root: root ?? null,
      maxModelLen: max_model_len ?? null,
    }));
  }

  /** The token ids that the server's chat template and tokenizer make of messages; no limit of length applies. */
  async tokenize(request: TokenizeRequest, signal?: AbortSignal): Promise<Tokenized> {
    const answer = await this.#http.json(
      { path: '/tokenize', body: toTokenizeBody(request) },
      tokenizeAnswer,
      signal,
    );
    return { tokens: answer.tokens, maxModelLen: answer.max_model_len };
  }

  /** The text of token ids, special tokens included. */
  async detokenize(model: string, tokens: readonly number[], signal?: AbortSignal): Promise<string> {
    const request = { path: '/detokenize', body: { model, tokens } };
    return (await this.#http.json(request, detokenizeAnswer, signal)).prompt;
  }

  /** How many requests the server is working on, by `/load`, which counts only where it was told to. */
  async load(signal?: AbortSignal): Promise<number> {
    return (await this.#http.json({ path: '/load' }, loadAnswer, signal)).server_load;
  }

  /** Counters and settings of the server; what it does not tell is null. */
  async metrics(signal?: AbortSignal): Promise<ServerMetrics> {
    const text = await this.#http.text({ path: '/metrics' }, signal);
    if (text.trimStart().startsWith('{'))
      throw unexpectedAnswer(this.endpoint, '/metrics is not Prometheus text');
    return parseMetrics(text);
  }

  /** Continues a prompt of token ids, piece by piece; leaving the loop early stops the server. */
  completeStreaming(request: CompletionRequest, signal?: AbortSignal): AsyncGenerator<GenerationEvent> {
    const body = toCompletionBody(request);
    return streamGeneration(this.#http, { path: '/v1/completions', body }, signal);
  }

  /** Answers a conversation, piece by piece; leaving the loop early stops the server. */
  chatStreaming(request: ChatRequest, signal?: AbortSignal): AsyncGenerator<GenerationEvent> {
    const body = toChatBody(request);
    return streamGeneration(this.#http, { path: '/v1/chat/completions', body }, signal);
  }
}
