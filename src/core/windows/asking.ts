import type { VllmClient } from '../vllm/client.ts';
import type { ChatMessage, ChatRequest, TokenizeRequest } from '../vllm/requests.ts';
import type { Template } from './message.ts';
import type { CallClock } from './patience.ts';
import { watched } from './watch.ts';

/** What a chat template turns into tokens. */
export interface Templated {
  readonly messages: readonly ChatMessage[];
  readonly template: Template;
}

/** A conversation as the chat template gets it, without the beginning of another answer. */
export function closedPrompt(model: string, { messages, template }: Templated): TokenizeRequest {
  return { ...templateFields(template), model, messages, addGenerationPrompt: false };
}

/** What shapes a prompt besides its messages, as requests have it. */
export function templateFields({ client: _, ...fields }: Template): Omit<Template, 'client'> {
  return fields;
}

/** The same for a chat whose answer is to be text: a server may have no parser for calls of the tools. */
export function chatFields(template: Template): Omit<Template, 'client'> & Pick<ChatRequest, 'toolChoice'> {
  return {
    ...templateFields(template),
    ...(template.tools === undefined ? {} : { toolChoice: 'none' as const }),
  };
}

/** How many tokens a conversation has at most likely, for patience with it: a quarter of its characters is near enough. */
export function guessTokens(messages: readonly ChatMessage[]): number {
  return JSON.stringify(messages).length / 4;
}

/**
 * The ids that a server tells of a prompt with its answer, which it computes for that; null when it tells none.
 * What `tokenize` would give, at the price of a prefill.
 */
export async function idsByAnswer(
  client: VllmClient,
  model: string,
  { messages, template, salt }: Templated & { readonly salt: string },
  clock: CallClock,
  signal?: AbortSignal,
): Promise<{ tokens: readonly number[]; maxModelLen: null } | null> {
  const request: ChatRequest = {
    ...chatFields(template),
    model,
    messages,
    addGenerationPrompt: false,
    maxTokens: 1,
    cacheSalt: salt,
  };
  const start = (either: AbortSignal) => client.chatStreaming(request, either);
  const { promptTokenIds } = await watched(
    client,
    { promptTokens: guessTokens(messages), start },
    clock,
    signal,
  );
  return promptTokenIds === null ? null : { tokens: promptTokenIds, maxModelLen: null };
}
