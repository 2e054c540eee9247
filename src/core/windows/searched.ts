import type { ChatMessage } from '../vllm/requests.ts';
import { textOf } from './message.ts';
import type { WindowSummary } from './window.ts';

/** As much of the conversation as a search in the list of windows looks at. */
const SEARCHED_CHARACTERS = 4_000;

/** Text as searches compare it: without regard to case and to how a character is composed. */
export function foldText(value: string): string {
  return value.normalize('NFKC').toLowerCase();
}

/** What a search finds a window by, besides what was said in it: the part that clones have of their own. */
export function searchedFacts({
  name,
  description,
  tags,
  model,
}: Pick<WindowSummary, 'name' | 'description' | 'tags' | 'model'>): string {
  return foldText([name, description ?? '', model ?? '', ...tags].join('\n')).toWellFormed();
}

/** The beginning of the conversation, for searches. */
export function searchedWords(messages: readonly ChatMessage[]): string {
  let said = '';
  for (const message of messages) {
    said += `${textOf(message).slice(0, SEARCHED_CHARACTERS)}\n`;
    if (said.length >= SEARCHED_CHARACTERS) break;
  }
  return foldText(said.slice(0, SEARCHED_CHARACTERS)).toWellFormed();
}
