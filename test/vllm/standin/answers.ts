import type { Step } from './engine.ts';
import type { Settings } from './settings.ts';

/** What the answers to one request have in common. */
export interface AnswerContext {
  readonly settings: Settings;
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly promptTokenIds: readonly number[];
  readonly returnTokenIds: boolean;
  /** Whether a stream ends with a chunk that counts tokens. */
  readonly includeUsage: boolean;
  readonly tokensAsIds: boolean;
  /** How many candidates to tell, for /v1/completions. */
  readonly logprobs: number | undefined;
}

export interface Counted {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

/** The two interfaces of generation: how each words its answers. */
export interface Dialect {
  /** What comes before the first token in a stream. */
  opening(context: AnswerContext): unknown;
  chunk(context: AnswerContext, step: Step, index: number): unknown;
  usageChunk(context: AnswerContext, counted: Counted): unknown;
  whole(context: AnswerContext, steps: readonly Step[], counted: Counted): unknown;
}

export const chatDialect: Dialect = {
  opening: (context) => ({
    ...head(context, 'chat.completion.chunk'),
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
    prompt_token_ids: context.returnTokenIds ? context.promptTokenIds : null,
  }),
  chunk: (context, step) => ({
    ...head(context, 'chat.completion.chunk'),
    choices: [
      {
        index: 0,
        delta: { content: step.text },
        logprobs: null,
        finish_reason: step.finishReason,
        ...(step.finishReason === null ? {} : { stop_reason: null }),
        token_ids: context.returnTokenIds ? [step.tokenId] : null,
      },
    ],
    ...stamp(context, step),
  }),
  usageChunk: (context, counted) => usageChunk(context, 'chat.completion.chunk', counted),
  whole: (context, steps, counted) => ({
    ...head(context, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: textOf(steps) },
        logprobs: null,
        finish_reason: steps.at(-1)?.finishReason ?? null,
        token_ids: context.returnTokenIds ? steps.map(({ tokenId }) => tokenId) : null,
      },
    ],
    system_fingerprint: fingerprint(context.settings),
    usage: usage(context, counted),
    prompt_token_ids: context.returnTokenIds ? context.promptTokenIds : null,
  }),
};

export const completionDialect: Dialect = {
  opening: () => undefined,
  chunk: (context, step, index) => ({
    ...head(context, 'text_completion'),
    choices: [completionChoice(context, [step], index === 0)],
    ...stamp(context, step),
  }),
  usageChunk: (context, counted) => usageChunk(context, 'text_completion', counted),
  whole: (context, steps, counted) => ({
    ...head(context, 'text_completion'),
    choices: [completionChoice(context, steps, true)],
    system_fingerprint: fingerprint(context.settings),
    usage: usage(context, counted),
  }),
};

function completionChoice(context: AnswerContext, steps: readonly Step[], first: boolean): unknown {
  return {
    index: 0,
    text: textOf(steps),
    logprobs: context.logprobs === undefined ? null : logprobs(context, steps, context.logprobs),
    finish_reason: steps.at(-1)?.finishReason ?? null,
    stop_reason: null,
    prompt_token_ids: context.returnTokenIds && first ? context.promptTokenIds : null,
    token_ids: context.returnTokenIds ? steps.map(({ tokenId }) => tokenId) : null,
  };
}

function logprobs({ tokensAsIds }: AnswerContext, steps: readonly Step[], wanted: number): unknown {
  const name = (tokenId: number, text: string) => (tokensAsIds ? `token_id:${tokenId}` : text);
  return {
    tokens: steps.map(({ tokenId, text }) => name(tokenId, text)),
    token_logprobs: steps.map(({ candidates }) => candidates[0]?.logprob ?? null),
    top_logprobs: steps.map(({ candidates }) =>
      Object.fromEntries(
        candidates.slice(0, Math.max(1, wanted)).map((c) => [name(c.tokenId, `#${c.tokenId}`), c.logprob]),
      ),
    ),
    text_offset: steps.map((_, index) => textOf(steps.slice(0, index)).length),
  };
}

function usageChunk(context: AnswerContext, object: string, counted: Counted): unknown {
  return {
    ...head(context, object),
    choices: [],
    usage: usage(context, counted),
    system_fingerprint: fingerprint(context.settings),
  };
}

function usage(
  { settings }: AnswerContext,
  { promptTokens, completionTokens, cachedTokens }: Counted,
): unknown {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
    ...(settings.promptTokensDetails ? { prompt_tokens_details: { cached_tokens: cachedTokens } } : {}),
  };
}

function head({ id, created, settings }: AnswerContext, object: string) {
  return { id, object, created, model: settings.model };
}

function textOf(steps: readonly Step[]): string {
  return steps.map(({ text }) => text).join('');
}

/** The last chunk of tokens has the fingerprint, unless one with the usage comes after it. */
function stamp({ settings, includeUsage }: AnswerContext, { finishReason }: Step) {
  return finishReason === null || includeUsage ? {} : { system_fingerprint: fingerprint(settings) };
}

function fingerprint({ version }: Settings): string {
  return `vllm-${version}-standin`;
}
