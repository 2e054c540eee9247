import type { VllmClient } from '../../src/core/vllm/client.ts';
import type { Generation } from '../../src/core/vllm/generation.ts';
import type { ChatRequest, CompletionRequest } from '../../src/core/vllm/requests.ts';
import { whole } from '../../src/core/vllm/whole.ts';

/** Continues a prompt of token ids, and gives the whole of it. */
export function complete(
  client: VllmClient,
  request: CompletionRequest,
  signal?: AbortSignal,
): Promise<Generation> {
  return whole(client.endpoint, client.completeStreaming(request, signal));
}

/** Answers a conversation, and gives the whole answer. */
export function chat(client: VllmClient, request: ChatRequest, signal?: AbortSignal): Promise<Generation> {
  return whole(client.endpoint, client.chatStreaming(request, signal));
}
