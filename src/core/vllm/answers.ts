import * as z from 'zod';

// What a vLLM server answers, as far as Permafrost reads it. Everything else is let through unread, since
// versions add fields; what a version or a flag may leave out is optional here and null in what is built on it.

const count = z.int().nonnegative();

/** Checked in one loop, since there are as many as a context is long: a schema for each would take milliseconds. */
const tokenIds = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0),
  'not a list of token ids',
);

export const versionAnswer = z.looseObject({ version: z.string() });

/** Requests that it is working on. Without `--enable-server-load-tracking` it does not count, and says 0. */
export const loadAnswer = z.looseObject({ server_load: count });

export const modelsAnswer = z.looseObject({
  data: z.array(
    z.looseObject({ id: z.string(), root: z.string().nullish(), max_model_len: count.nullish() }),
  ),
});

export const tokenizeAnswer = z.looseObject({ tokens: tokenIds, max_model_len: count });

export const detokenizeAnswer = z.looseObject({ prompt: z.string() });

const usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count.nullish(),
  prompt_tokens_details: z.looseObject({ cached_tokens: count.nullish() }).nullish(),
});

const toolCallDelta = z.looseObject({
  index: count.default(0),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const delta = z.looseObject({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(), // the name of `reasoning` before 0.12
  tool_calls: z.array(toolCallDelta).nullish(),
});

const logprobs = z.looseObject({
  tokens: z.array(z.string()).nullish(),
  token_logprobs: z.array(z.number().nullable()).nullish(),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});

const choice = z.looseObject({
  text: z.string().nullish(),
  delta: delta.nullish(),
  logprobs: logprobs.nullish(),
  finish_reason: z.string().nullish(),
  token_ids: tokenIds.nullish(),
  prompt_token_ids: tokenIds.nullish(),
});

/** One event of a stream of `/v1/completions` or `/v1/chat/completions`. */
export const generationChunk = z.looseObject({
  choices: z.array(choice),
  usage: usage.nullish(),
  prompt_token_ids: tokenIds.nullish(),
  system_fingerprint: z.string().nullish(),
});

/** What a server sends instead of a chunk when it fails in the middle of a stream. */
export const failureChunk = z.looseObject({
  error: z.looseObject({ message: z.string(), code: z.int().nullish() }),
});

export type GenerationChunk = z.infer<typeof generationChunk>;
export type ChunkChoice = z.infer<typeof choice>;
export type ToolCallDelta = z.infer<typeof toolCallDelta>;
