import { setTimeout as delay } from 'node:timers/promises';
import { badRequest, tooLong, vllmError } from './apiError.ts';
import { LanguageModel, type Candidate } from './languageModel.ts';
import { PrefixCache, type Found } from './prefixCache.ts';
import type { Settings } from './settings.ts';
import { detokenize, END_TOKEN, VOCABULARY } from './tokenizer.ts';

/** One request for tokens. */
export interface Job {
  readonly promptTokenIds: readonly number[];
  readonly salt: string | undefined;
  readonly maxTokens: number;
}

/** One generated token. */
export interface Step {
  readonly tokenId: number;
  readonly text: string;
  readonly candidates: readonly Candidate[];
  readonly finishReason: 'stop' | 'length' | null;
}

/** A job that was accepted: what the cache held of it, and its tokens as they are made. */
export interface Run {
  readonly cachedTokens: number;
  readonly steps: AsyncIterable<Step>;
}

/** Counters since the start, in tokens. */
export interface Counters {
  running: number;
  queries: number;
  hits: number;
  externalQueries: number;
  externalHits: number;
  computed: number;
  generated: number;
  finished: number;
}

/** Takes jobs, keeps the prefix cache and counts. */
export class Engine {
  readonly cache: PrefixCache;
  readonly counters: Counters = {
    running: 0,
    queries: 0,
    hits: 0,
    externalQueries: 0,
    externalHits: 0,
    computed: 0,
    generated: 0,
    finished: 0,
  };
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.cache = new PrefixCache(settings);
  }

  /** What a request may ask for, refused before anything is computed. */
  checkLengths(promptTokens: number, maxTokens: number | undefined): number {
    const { maxModelLen } = this.#settings;
    if (promptTokens > maxModelLen) throw tooLong(maxModelLen, promptTokens);
    if (maxTokens !== undefined && maxTokens > maxModelLen) {
      const message = `max_tokens=${maxTokens} cannot be greater than max_model_len=${maxModelLen}. `;
      throw badRequest(`${message}Please request fewer output tokens.`, 'max_tokens', maxTokens);
    }
    const allowed = Math.min(maxTokens ?? Infinity, maxModelLen - promptTokens);
    if (allowed < 1)
      throw badRequest(`max_tokens must be at least 1, got ${allowed}.`, 'max_tokens', allowed);
    return allowed;
  }

  start(job: Job, signal: AbortSignal): Run {
    const unknown = job.promptTokenIds.find((tokenId) => tokenId >= VOCABULARY);
    if (unknown !== undefined)
      throw vllmError(400, 'BadRequestError', `Token id ${unknown} is out of vocabulary`);
    const found = this.#lookUp(job);
    return { cachedTokens: found.local + found.external, steps: this.#generate(job, found, signal) };
  }

  #lookUp({ promptTokenIds, salt }: Job): Found {
    const { counters } = this;
    const caches = this.#settings.enablePrefixCaching;
    const found = caches ? this.cache.find(promptTokenIds, salt) : { local: 0, external: 0 };
    counters.computed += promptTokenIds.length - found.local - found.external;
    if (!caches) return found;
    counters.queries += promptTokenIds.length;
    counters.hits += found.local;
    if (this.#settings.externalBlocks === undefined) return found;
    counters.externalQueries += promptTokenIds.length - found.local;
    counters.externalHits += found.external;
    return found;
  }

  async *#generate(job: Job, found: Found, signal: AbortSignal): AsyncGenerator<Step> {
    const tokenIds = [...job.promptTokenIds];
    const model = new LanguageModel(this.#settings.weights);
    model.read(tokenIds);
    this.counters.running++;
    try {
      await this.#pass(
        (tokenIds.length - found.local - found.external) * this.#settings.msPerPromptToken,
        signal,
      );
      this.#keep(job, tokenIds);
      for (let made = 1; made <= job.maxTokens; made++) {
        await this.#pass(this.#settings.msPerToken, signal);
        const step = toStep(model.next(), made === job.maxTokens);
        this.counters.generated++;
        yield step;
        if (step.finishReason !== null) break;
        model.read([step.tokenId]);
        tokenIds.push(step.tokenId); // the last token is never computed, so never cached
      }
      this.counters.finished++;
    } finally {
      this.#keep(job, tokenIds);
      this.counters.running--;
    }
  }

  #keep({ salt }: Job, tokenIds: readonly number[]): void {
    if (this.#settings.enablePrefixCaching) this.cache.keep(tokenIds, salt);
  }

  async #pass(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal });
    signal.throwIfAborted();
  }
}

function toStep(candidates: readonly Candidate[], last: boolean): Step {
  const tokenId = candidates[0]?.tokenId ?? END_TOKEN;
  const ends = tokenId === END_TOKEN;
  return {
    tokenId,
    text: ends ? '' : detokenize([tokenId]),
    candidates,
    finishReason: ends ? 'stop' : last ? 'length' : null,
  };
}
