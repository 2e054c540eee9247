import { invalidInput, type PermafrostError } from '../errors.ts';
import type { ToldGeneration } from '../vllm/generation.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { SaidMessages } from './message.ts';
import type { Turn } from './session.ts';

/** What a turn needs to know of the answer. */
export type Answered = Pick<ToldGeneration, 'text' | 'toolCalls' | 'promptTokenIds' | 'tokenIds' | 'usage'>;

/** The turn that a whole answer ends. Its ids are kept only when the server told all of them, which its count shows. */
export function turnOf(asked: readonly ChatMessage[], answered: Answered): Turn {
  const { usage } = answered;
  return {
    messages: [...asked, answerMessage(answered)],
    tokenIds: idsAfter(answered),
    promptTokens: usage?.promptTokens,
    cachedTokens: usage?.cachedTokens,
  };
}

function idsAfter({ promptTokenIds, tokenIds, usage }: Answered): readonly number[] | undefined {
  if (promptTokenIds === null || tokenIds.length !== usage?.completionTokens) return undefined;
  return [...promptTokenIds, ...tokenIds];
}

/** The message that the client of a chat gets, and gives back with its next question. */
function answerMessage({ text, toolCalls }: Pick<Answered, 'text' | 'toolCalls'>): ChatMessage {
  if (toolCalls.length === 0) return { role: 'assistant', content: text };
  const calls = toolCalls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }));
  return { role: 'assistant', content: text === '' ? null : text, tool_calls: calls };
}

/** Why a turn cannot be kept, whose messages came from outside unchecked; undefined when it can. PF-1001. */
export function unkeepable({ messages }: Turn): PermafrostError | undefined {
  const checked = SaidMessages.safeParse(messages);
  return checked.success ? undefined : invalidInput(`The ${checked.error.issues[0]?.message}.`);
}
