import type { VllmClient } from '../../src/core/vllm/client.ts';
import type { Generation, GenerationEvent } from '../../src/core/vllm/generation.ts';
import type { ChatRequest, CompletionRequest } from '../../src/core/vllm/requests.ts';

/** Continues a prompt of token ids, and gives the whole of it. */
export function complete(
  client: VllmClient,
  request: CompletionRequest,
  signal?: AbortSignal,
): Promise<Generation> {
  return whole(client.completeStreaming(request, signal));
}

/** Answers a conversation, and gives the whole answer. */
export function chat(client: VllmClient, request: ChatRequest, signal?: AbortSignal): Promise<Generation> {
  return whole(client.chatStreaming(request, signal));
}

async function whole(events: AsyncIterable<GenerationEvent>): Promise<Generation> {
  for await (const event of events) if (event.kind === 'done') return event.generation;
  throw new Error('The stream ended without saying so.');
}
