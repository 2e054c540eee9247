import { hasCode } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import { ifOffered } from '../vllm/failure.ts';
import { closedPrompt } from './asking.ts';
import { commonLength } from './tokenIds.ts';
import type { FrozenWindow } from './window.ts';

/** Where the server's chat template makes other tokens of a conversation than it did. */
export interface Drift {
  /** The message with the first token that differs, counted from 0; null when that cannot be told. */
  readonly message: { readonly index: number; readonly role: string } | null;
  /** The first token that differs, counted from 0. */
  readonly tokenIndex: number;
  /**
   * What the frozen tokens say from there on, and what the template makes of it now; the ids themselves where the
   * server has no /detokenize.
   */
  readonly frozenText: string;
  readonly currentText: string;
}

/** As many tokens of each text as a reader needs to see what changed. */
const SHOWN_TOKENS = 24;

/** The first difference, or undefined when there is none. */
export async function findDrift(
  client: VllmClient,
  model: string,
  window: FrozenWindow,
  frozen: readonly number[],
  current: readonly number[],
  signal?: AbortSignal,
): Promise<Drift | undefined> {
  const at = commonLength(frozen, current);
  if (at === frozen.length && at === current.length) return undefined;
  const textFrom = (tokenIds: readonly number[]) =>
    tokenIds.length === at ? '' : textOf(client, model, tokenIds.slice(at, at + SHOWN_TOKENS), signal);
  const [frozenText, currentText, message] = await Promise.all([
    textFrom(frozen),
    textFrom(current),
    findMessage(client, model, window, at, signal),
  ]);
  return { message, tokenIndex: at, frozenText, currentText };
}

async function textOf(
  client: VllmClient,
  model: string,
  tokenIds: readonly number[],
  signal?: AbortSignal,
): Promise<string> {
  return (await ifOffered(client.detokenize(model, tokenIds, signal))) ?? JSON.stringify(tokenIds);
}

/** The first message up to whose end the template now makes more than `tokenIndex` tokens, by bisection. */
async function findMessage(
  client: VllmClient,
  model: string,
  window: FrozenWindow,
  tokenIndex: number,
  signal?: AbortSignal,
): Promise<Drift['message']> {
  let first = 0;
  let last = window.messages.length - 1;
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    const tokens = await countTokens(client, model, window, middle + 1, signal);
    if (tokens === undefined) return null;
    if (tokens > tokenIndex) last = middle;
    else first = middle + 1;
  }
  return { index: first, role: window.messages[first]?.role ?? '' };
}

/** Undefined where the template does not take the beginning of the conversation alone. */
async function countTokens(
  client: VllmClient,
  model: string,
  { messages, template }: FrozenWindow,
  count: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  try {
    const prompt = closedPrompt(model, { messages: messages.slice(0, count), template });
    return (await client.tokenize(prompt, signal)).tokens.length;
  } catch (thrown) {
    if (hasCode(thrown, 'PF-5005')) return undefined;
    throw thrown;
  }
}

/** The difference in words. */
export function describeDrift({ message, tokenIndex, frozenText, currentText }: Drift): string {
  const where = message === null ? '' : ` in message ${message.index} (${message.role})`;
  return (
    `The server's template makes other tokens of this conversation now: token ${tokenIndex}${where} began ` +
    `${JSON.stringify(frozenText)} and begins ${JSON.stringify(currentText)}.`
  );
}
