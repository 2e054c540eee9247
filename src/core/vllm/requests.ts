import { invalidInput } from '../errors.ts';

/** A JSON object that is passed on as it came. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One message of a conversation, as `/v1/chat/completions` takes it. */
export type ChatMessage = JsonObject & { readonly role: string };

/** What a chat template turns into tokens. */
interface ChatPrompt {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly JsonObject[] | undefined;
  readonly chatTemplateKwargs?: JsonObject | undefined;
  /** Instead of the model's own. A server takes one only with `--trust-request-chat-template`. */
  readonly chatTemplate?: string | undefined;
  readonly documents?: readonly JsonObject[] | undefined;
  readonly reasoningEffort?: string | undefined;
  /** Whether the tokenizer puts its own tokens around what the template writes. */
  readonly addSpecialTokens?: boolean | undefined;
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

/** `/tokenize` has no fields for documents and effort, which a chat hands to the template with its arguments. */
export const toTokenizeBody = (request: TokenizeRequest): JsonObject => ({
  ...chatPrompt(request),
  chat_template_kwargs: templateArguments(request),
  add_generation_prompt: request.addGenerationPrompt,
});

export const toChatBody = (request: ChatRequest): JsonObject => ({
  ...chatPrompt(request),
  ...sampling(request),
  chat_template_kwargs: request.chatTemplateKwargs,
  documents: request.documents,
  reasoning_effort: request.reasoningEffort,
  tool_choice: request.toolChoice,
  add_generation_prompt: request.addGenerationPrompt,
});

export const toCompletionBody = (request: CompletionRequest): JsonObject => ({
  ...sampling(request),
  prompt: request.prompt,
  logprobs: request.logprobs,
  return_tokens_as_token_ids: request.logprobs === undefined ? undefined : true,
});

function chatPrompt({ model, messages, tools, chatTemplate, addSpecialTokens }: ChatPrompt): JsonObject {
  return { model, messages, tools, chat_template: chatTemplate, add_special_tokens: addSpecialTokens };
}

/** As vLLM's `ChatCompletionRequest.build_chat_params` does: who asks for an effort asks for thinking too. */
function templateArguments(prompt: ChatPrompt): JsonObject | undefined {
  const { chatTemplateKwargs, documents, reasoningEffort: effort } = prompt;
  if (documents === undefined && effort === undefined) return chatTemplateKwargs;
  return {
    ...(effort === undefined ? {} : { enable_thinking: effort !== 'none' }),
    ...chatTemplateKwargs,
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(documents === undefined ? {} : { documents }),
  };
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
