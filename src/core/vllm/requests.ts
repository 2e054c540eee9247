import { invalidInput } from '../errors.ts';

/** A JSON object that is passed on as it came. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One message of a conversation, as `/v1/chat/completions` takes it. */
export type ChatMessage = JsonObject & { readonly role: string };

/** What a chat template turns into tokens. */
interface ChatPrompt {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly JsonObject[];
  readonly chatTemplateKwargs?: JsonObject;
}

export interface TokenizeRequest extends ChatPrompt {
  /** Whether the tokens that begin the assistant's turn are added, as a chat request does. */
  readonly addGenerationPrompt: boolean;
}

interface Sampling {
  readonly model: string;
  /** At least 1. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** The server's cached blocks are found again only under the same salt; empty where it knows none. */
  readonly cacheSalt?: string;
}

export interface ChatRequest extends ChatPrompt, Sampling {
  /** `none` lets a server without a tool-call parser take `tools`. */
  readonly toolChoice?: 'auto' | 'none' | 'required';
  /** Whether the answer begins a turn of the assistant; the server does so unless told otherwise. */
  readonly addGenerationPrompt?: boolean;
}

export interface CompletionRequest extends Sampling {
  /** Token ids: text would be tokenized again, perhaps in another way. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  /** How many of the likeliest tokens to tell at each place, at most 20. */
  readonly logprobs?: number;
}

// Fields that are undefined are left out when the body becomes JSON.

export const toTokenizeBody = (request: TokenizeRequest): JsonObject => ({
  ...chatPrompt(request),
  add_generation_prompt: request.addGenerationPrompt,
});

export const toChatBody = (request: ChatRequest): JsonObject => ({
  ...chatPrompt(request),
  ...sampling(request),
  tool_choice: request.toolChoice,
  add_generation_prompt: request.addGenerationPrompt,
});

export const toCompletionBody = (request: CompletionRequest): JsonObject => ({
  ...sampling(request),
  prompt: request.prompt,
  logprobs: request.logprobs,
  return_tokens_as_token_ids: request.logprobs === undefined ? undefined : true,
});

function chatPrompt({ model, messages, tools, chatTemplateKwargs }: ChatPrompt): JsonObject {
  return { model, messages, tools, chat_template_kwargs: chatTemplateKwargs };
}

function sampling({ model, maxTokens, temperature, cacheSalt }: Sampling): JsonObject {
  if (maxTokens !== undefined && maxTokens < 1)
    throw invalidInput(`maxTokens is ${maxTokens}; it must be at least 1.`);
  return {
    model,
    max_tokens: maxTokens,
    temperature,
    cache_salt: cacheSalt || undefined,
    return_token_ids: true,
    stream: true,
    stream_options: { include_usage: true },
  };
}
