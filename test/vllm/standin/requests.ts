import * as z from 'zod';
import { badRequest, invalidForm } from './apiError.ts';

const tokenId = z.int().nonnegative();

const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish(),
  tool_calls: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
    .nullish(),
});

/** What is left out is null and comes in this order: the template writes tools as pydantic reads them. */
const tool = z.object({
  type: z.string().default('function'),
  function: z.object({
    name: z.string(),
    description: z.string().nullable().default(null),
    parameters: z.record(z.string(), z.unknown()).nullable().default(null),
  }),
});

const chatFields = {
  model: z.string().nullish(),
  messages: z.array(message),
  tools: z.array(tool).nullish(),
  chat_template: z.string().nullish(),
  chat_template_kwargs: z
    .looseObject({
      note: z.string().optional(),
      documents: z.array(z.record(z.string(), z.string())).nullish(),
      reasoning_effort: z.string().nullish(),
    })
    .nullish(),
  add_special_tokens: z.boolean().default(false),
};

const samplingFields = {
  max_tokens: z.int().nullish(),
  temperature: z.number().nullish(),
  cache_salt: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  return_token_ids: z.boolean().nullish(),
  return_tokens_as_token_ids: z.boolean().nullish(),
};

export const tokenizeBody = z.looseObject({
  ...chatFields,
  add_generation_prompt: z.boolean().default(true),
});

export const detokenizeBody = z.looseObject({ model: z.string().nullish(), tokens: z.array(tokenId) });

export const chatBody = z.looseObject({
  ...chatFields,
  ...samplingFields,
  max_completion_tokens: z.int().nullish(),
  add_generation_prompt: z.boolean().default(true),
  documents: z.array(z.record(z.string(), z.string())).nullish(),
  reasoning_effort: z.string().nullish(),
  tool_choice: z.unknown().optional(),
});

export const completionBody = z.looseObject({
  model: z.string().nullish(),
  prompt: z.union([z.array(tokenId), z.string()]).nullish(),
  logprobs: z.int().nullish(),
  ...samplingFields,
});

export type ChatBody = z.infer<typeof chatBody>;
export type CompletionBody = z.infer<typeof completionBody>;
export type SamplingBody = Pick<CompletionBody, keyof typeof samplingFields>;

/** The request, parsed; refused in vLLM's order: the salt and the stream options, then the form. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (typeof body === 'object' && body !== null) {
    checkSalt('cache_salt' in body ? body.cache_salt : undefined);
    checkStreamOptions(body);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidForm(parsed.error, body);
  return parsed.data;
}

function checkSalt(salt: unknown): void {
  if (salt === undefined || salt === null) return;
  if (typeof salt !== 'string' || salt === '') {
    throw badRequest("Parameter 'cache_salt' must be a non-empty string if provided.", 'cache_salt');
  }
  if ([...salt].length <= 128 && !/[@/\\\0]/.test(salt)) return;
  throw badRequest(
    "Parameter 'cache_salt' must be at most 128 characters and must not contain '@', '/', '\\\\', or NUL.",
    'cache_salt',
  );
}

function checkStreamOptions(body: object): void {
  const streams = 'stream' in body && body.stream === true;
  if (streams || !('stream_options' in body) || body.stream_options === null) return;
  throw badRequest('Stream options can only be defined when `stream=True`.', 'stream_options');
}
