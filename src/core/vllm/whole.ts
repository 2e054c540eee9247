import { brokenOff } from '../errors.ts';
import type { Generation, GenerationEvent, SaidEvent } from './generation.ts';

/**
 * Hands on what is said, piece by piece, and gives the whole of it at the end.
 * @throws PF-5007 when the server at `endpoint` ends without it, and what the events throw
 */
export async function whole(
  endpoint: string,
  events: AsyncIterable<GenerationEvent>,
  onSaid?: (piece: SaidEvent) => void,
): Promise<Generation> {
  for await (const event of events) {
    if (event.kind === 'done') return event.generation;
    onSaid?.(event);
  }
  throw brokenOff(endpoint);
}
