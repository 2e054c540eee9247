import { questionTooLong } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import type { Generation, GenerationEvent } from '../vllm/generation.ts';
import type { TokenizeRequest } from '../vllm/requests.ts';
import { closedPrompt } from './asking.ts';
import { textOf } from './message.ts';
import type { CallClock } from './patience.ts';
import { beginsWith, commonEnd, commonLength } from './tokenIds.ts';
import { watched } from './watch.ts';
import type { FrozenWindow } from './window.ts';

/** A thawed conversation with one question more, as it is sent. */
export interface Continuation {
  readonly tokenIds: readonly number[];
  readonly maxTokens: number;
  readonly reasons: readonly string[];
}

export interface Exact {
  readonly tokenIds: readonly number[];
  /** What the template makes of the frozen messages now. */
  readonly currentIds: readonly number[];
}

/**
 * The exact prefix with the tokens that the template makes of another question.
 * @throws PF-7003 when there is no room left for an answer.
 */
export async function prepareContinuation(
  client: VllmClient,
  model: { readonly id: string; readonly maxModelLen: number | null },
  window: FrozenWindow,
  exact: Exact,
  asked: { readonly text: string; readonly replyTokens: number },
  signal?: AbortSignal,
): Promise<Continuation> {
  const closed = closedPrompt(model.id, window);
  const messages = [...window.messages, { role: 'user', content: asked.text }];
  const open = { ...closed, messages, addGenerationPrompt: true };
  const { tokens, maxModelLen } = await client.tokenize(open, signal);
  const { tokenIds, reasons } = await append(exact, tokens, () =>
    closingOf(client, closed, exact.currentIds, signal),
  );
  const limit = model.maxModelLen ?? maxModelLen;
  const room = limit - tokenIds.length;
  if (room < 1) throw questionTooLong(tokenIds.length, limit);
  return { tokenIds, maxTokens: Math.min(asked.replyTokens, room), reasons };
}

const REWRITTEN =
  'The template writes what was said in other tokens than it had; those it had were kept, followed by the new turn.';

async function append(
  { tokenIds, currentIds }: Exact,
  next: readonly number[],
  closing: () => Promise<readonly number[]>,
): Promise<{ tokenIds: readonly number[]; reasons: string[] }> {
  if (beginsWith(next, tokenIds)) return { tokenIds: next, reasons: [] };
  if (beginsWith(next, currentIds)) {
    const turn = next.slice(currentIds.length);
    return { tokenIds: [...joined(tokenIds, await closing()), ...turn], reasons: [REWRITTEN] };
  }
  const kept = commonLength(next, tokenIds);
  const reason =
    `With another question the template writes earlier turns in another way (as when it leaves reasoning out), so ` +
    `the continuation shares only the first ${kept} of ${tokenIds.length} frozen tokens.`;
  return { tokenIds: next, reasons: [reason] };
}

/**
 * What the template writes after the last words of a conversation, as an end token and a line break: it stays when
 * these words are others.
 */
async function closingOf(
  client: VllmClient,
  prompt: TokenizeRequest,
  currentIds: readonly number[],
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const last = prompt.messages.at(-1);
  if (last === undefined) return [];
  const content = textOf(last).trimEnd().endsWith('.') ? '!' : '.';
  const messages = [...prompt.messages.slice(0, -1), { ...last, content, tool_calls: undefined }];
  const { tokens } = await client.tokenize({ ...prompt, messages }, signal);
  return currentIds.slice(currentIds.length - commonEnd(currentIds, tokens));
}

/** `tokenIds` and what is still missing of `closing`: a model ends its answer by itself, unless it was cut off. */
function joined(tokenIds: readonly number[], closing: readonly number[]): number[] {
  let there = Math.min(tokenIds.length, closing.length);
  while (commonEnd(tokenIds, closing.slice(0, there)) < there) there--;
  return [...tokenIds, ...closing.slice(there)];
}

/** Sends it, and gives the answer when it is whole. */
export function answer(
  client: VllmClient,
  { model, salt }: { readonly model: string; readonly salt: string },
  { tokenIds, maxTokens }: Continuation,
  clock: CallClock,
  onEvent?: (event: GenerationEvent) => void,
  signal?: AbortSignal,
): Promise<Generation> {
  const request = { model, prompt: tokenIds, cacheSalt: salt, maxTokens };
  const start = (either: AbortSignal) => client.completeStreaming(request, either);
  return watched(client, { promptTokens: tokenIds.length, start, onEvent }, clock, signal);
}
