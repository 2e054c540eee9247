import type { SqlReader } from '../store/sqlView.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { textOf } from './message.ts';

const TITLE_CHARACTERS = 60;

/** A short title: the beginning of what was first asked. */
export function titleOf(messages: readonly ChatMessage[]): string {
  const asked = messages.find(({ role }) => role === 'user') ?? messages[0];
  return (asked === undefined ? '' : shorten(textOf(asked))) || 'Conversation';
}

/** The name of a window that nobody named: the title of its session, or else one of its own. */
export function defaultName(title: string, messages: readonly ChatMessage[]): string {
  return shorten(title) || titleOf(messages);
}

/** Cut between two words where there is a place for it, and never within a character. */
function shorten(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const characters = [...line];
  if (characters.length <= TITLE_CHARACTERS) return line;
  const cut = characters.slice(0, TITLE_CHARACTERS - 1).join('');
  const space = cut.lastIndexOf(' ');
  const kept = space > TITLE_CHARACTERS / 2 ? cut.slice(0, space) : cut;
  return `${kept.replace(/[\s…]+$/, '')}…`; // It may have been cut before.
}

/** Whether a window that is not archived has this name. */
export function isTaken(view: SqlReader, name: string): boolean {
  return view.first('SELECT 1 FROM windows WHERE name = ? AND archived_at IS NULL', [name]) !== undefined;
}

/** `wanted`, or `wanted (2)`, `wanted (3)` and so on: the first that is free. */
export function freeName(view: SqlReader, wanted: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted} (${count})`;
    if (!isTaken(view, name)) return name;
  }
}
