import type { ChunkChoice, GenerationChunk, ToolCallDelta } from './answers.ts';

/** Tokens that the server counted for one request. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens read from the cache; null unless the server has `--enable-prompt-tokens-details`. */
  readonly cachedTokens: number | null;
}

export interface TokenLogprob {
  readonly tokenId: number;
  /** Natural logarithm of the token's probability. */
  readonly logprob: number;
}

/** One generated token and the likeliest tokens at its place, likeliest first. */
export interface TokenLogprobs extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it. */
  readonly arguments: string;
}

/** What one request generated. */
export interface Generation {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  /** The prompt as the server read it; null from servers that cannot return token ids (before 0.10.2). */
  readonly promptTokenIds: readonly number[] | null;
  /** The generated tokens; empty from servers that cannot return token ids. */
  readonly tokenIds: readonly number[];
  /** `stop`, `length`, `tool_calls` and the like. */
  readonly finishReason: string | null;
  readonly systemFingerprint: string | null;
  readonly usage: Usage;
  /** One for each generated token, if they were asked for. */
  readonly logprobs: readonly TokenLogprobs[];
  /** Milliseconds from sending the request to the first token, to a tenth. */
  readonly timeToFirstTokenMs: number;
}

/** As above, of a server that may not count. */
export type ToldGeneration = Omit<Generation, 'usage'> & { readonly usage: Usage | null };

/** A piece of what is said, as it comes. */
export interface SaidEvent {
  readonly kind: 'text' | 'reasoning';
  readonly text: string;
}

/** What a streamed generation gives: pieces of text as they come, and the whole at the end. */
export type GenerationEvent = SaidEvent | { readonly kind: 'done'; readonly generation: Generation };

interface MutableToolCall {
  id: string;
  name: string;
  arguments: string;
}

/** Puts a generation together from the chunks of its stream. */
export class GenerationBuilder {
  readonly #startedAt: number;
  #firstTokenAt: number | undefined;
  #text = '';
  #reasoning = '';
  #usage: Usage | null = null;
  #promptTokenIds: readonly number[] | null = null;
  #finishReason: string | null = null;
  #systemFingerprint: string | null = null;
  readonly #tokenIds: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  readonly #toolCalls = new Map<number, MutableToolCall>();

  /** `startedAt`: when the request was sent, by `performance.now()`. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** Whether the first token has come. */
  get begun(): boolean {
    return this.#firstTokenAt !== undefined;
  }

  /** Adds one chunk; what it says in text comes back as events. */
  add(chunk: GenerationChunk): SaidEvent[] {
    this.#promptTokenIds ??= chunk.prompt_token_ids ?? null;
    this.#systemFingerprint = chunk.system_fingerprint ?? this.#systemFingerprint;
    if (chunk.usage) this.#usage = toUsage(chunk.usage);
    return chunk.choices.flatMap((choice) => this.#addChoice(choice));
  }

  /** What was generated so far, with the server's count of tokens once it has come. */
  build(): ToldGeneration {
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      toolCalls: [...this.#toolCalls.values()],
      promptTokenIds: this.#promptTokenIds,
      tokenIds: this.#tokenIds,
      finishReason: this.#finishReason,
      systemFingerprint: this.#systemFingerprint,
      usage: this.#usage,
      logprobs: this.#logprobs,
      timeToFirstTokenMs: Math.round(((this.#firstTokenAt ?? performance.now()) - this.#startedAt) * 10) / 10,
    };
  }

  #addChoice(choice: ChunkChoice): SaidEvent[] {
    const tokenIds = choice.token_ids ?? [];
    const said = eventsOf(choice);
    if (said.length + tokenIds.length > 0 || choice.delta?.tool_calls)
      this.#firstTokenAt ??= performance.now();
    append(this.#tokenIds, tokenIds);
    append(this.#logprobs, toLogprobs(choice));
    this.#promptTokenIds ??= choice.prompt_token_ids ?? null;
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
    for (const { kind, text } of said) {
      if (kind === 'text') this.#text += text;
      else this.#reasoning += text;
    }
    for (const call of choice.delta?.tool_calls ?? []) this.#addToolCall(call);
    return said;
  }

  #addToolCall(delta: ToolCallDelta): void {
    const call = this.#toolCalls.get(delta.index) ?? { id: '', name: '', arguments: '' };
    this.#toolCalls.set(delta.index, call);
    call.id ||= delta.id ?? '';
    call.name += delta.function?.name ?? '';
    call.arguments += delta.function?.arguments ?? '';
  }
}

/** One by one: as arguments of one call, those of a long answer that came at once would be more than the stack holds. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one);
}

function eventsOf({ text, delta }: ChunkChoice): SaidEvent[] {
  const reasoning = delta?.reasoning ?? delta?.reasoning_content ?? '';
  const events: SaidEvent[] = [
    { kind: 'reasoning', text: reasoning },
    { kind: 'text', text: text ?? delta?.content ?? '' },
  ];
  return events.filter((event) => event.text !== '');
}

function toUsage(usage: NonNullable<GenerationChunk['usage']>): Usage {
  const promptTokens = usage.prompt_tokens;
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? null;
  return {
    promptTokens,
    completionTokens: usage.completion_tokens ?? 0,
    // More than there are is what some gateway makes up.
    cachedTokens: cachedTokens !== null && cachedTokens > promptTokens ? null : cachedTokens,
  };
}

/** With `return_tokens_as_token_ids`, tokens are named `token_id:123`: texts of different tokens may be equal. */
function toLogprobs({ logprobs }: ChunkChoice): TokenLogprobs[] {
  return (logprobs?.tokens ?? []).map((token, index) => ({
    tokenId: tokenIdOf(token),
    logprob: logprobs?.token_logprobs?.[index] ?? -Infinity,
    top: Object.entries(logprobs?.top_logprobs?.[index] ?? {})
      .map(([name, logprob]) => ({ tokenId: tokenIdOf(name), logprob }))
      .toSorted((a, b) => b.logprob - a.logprob),
  }));
}

function tokenIdOf(name: string): number {
  return Number(name.replace(/^token_id:/, ''));
}
