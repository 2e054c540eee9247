import type { ChatMessage } from '../../core/vllm/requests.ts';
import { textOf } from '../../core/windows/message.ts';

/** Turns that are shown of a conversation at most: the last ones. */
const SHOWN = 20;

export interface EarlierTurn {
  readonly request: string;
  readonly response: string;
}

/** What was said, as pairs of a question and what was answered to it; what else there is (rules, results of tools) is left out. */
export function earlierTurns(messages: readonly ChatMessage[]): EarlierTurn[] {
  const turns: { request: string; response: string }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === 'user') turns.push({ request: textOf(message), response: '' });
    else if (message.role === 'assistant' && last !== undefined)
      last.response = [last.response, textOf(message)].filter(Boolean).join('\n\n');
  }
  return turns.slice(-SHOWN);
}
