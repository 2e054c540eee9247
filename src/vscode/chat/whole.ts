import type { Generation, GenerationEvent, SaidEvent } from '../../core/vllm/generation.ts';

/** Hands on what is said, piece by piece, and gives the whole of it at the end. */
export async function whole(
  events: AsyncIterable<GenerationEvent>,
  onSaid: (piece: SaidEvent) => void,
): Promise<Generation> {
  for await (const event of events) {
    if (event.kind === 'done') return event.generation;
    onSaid(event);
  }
  throw new Error('a stream of tokens ended without its whole'); // VllmClient fails before that.
}
