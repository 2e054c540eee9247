import type { ChatMessage } from '../../src/core/vllm/requests.ts';

/** Role and end: what the template adds to each message. */
const AROUND_MESSAGE = 2;
const BEGIN = 1;

/**
 * A conversation of so many turns of which TINY's template and tokenizer, and the stand-in's, make exactly so many
 * tokens: it is said in digits, each a token of its own. There is room for at least one in each message.
 */
export function conversationOf(turns: number, tokens: number): ChatMessage[] {
  const messages = 2 * turns;
  const digits = tokens - BEGIN - AROUND_MESSAGE * messages;
  if (digits < messages) throw new Error(`${turns} turns have more than ${tokens} tokens`);
  const each = Math.floor(digits / messages);
  return Array.from({ length: messages }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: digitsFrom(at, at === 0 ? digits - each * (messages - 1) : each),
  }));
}

/** Digits that look like nothing and are always the same: multiples of the golden ratio. */
function digitsFrom(seed: number, length: number): string {
  return Array.from({ length }, (_, at) => Math.floor((((seed + 1) * 7919 + at) * 0.618034 * 10) % 10)).join(
    '',
  );
}
