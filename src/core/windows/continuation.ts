import { contextTooLong } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import type { Generation, GenerationEvent } from '../vllm/generation.ts';
import { templateFields } from './asking.ts';
import type { CallClock } from './patience.ts';
import { beginsWith, commonLength } from './tokenIds.ts';
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
  const messages = [...window.messages, { role: 'user', content: asked.text }];
  const prompt = { ...templateFields(window.template), model: model.id, messages, addGenerationPrompt: true };
  const { tokens, maxModelLen } = await client.tokenize(prompt, signal);
  const { tokenIds, reasons } = append(exact, tokens);
  const room = (model.maxModelLen ?? maxModelLen) - tokenIds.length;
  if (room < 1)
    throw contextTooLong(
      `With the question there are ${tokenIds.length} tokens: no room for an answer.`,
      tokenIds.length + 1,
    );
  return { tokenIds, maxTokens: Math.min(asked.replyTokens, room), reasons };
}

const REWRITTEN =
  'The template writes what was said in other tokens than it had; those it had were kept, followed by the new turn.';

function append(
  { tokenIds, currentIds }: Exact,
  next: readonly number[],
): { tokenIds: readonly number[]; reasons: string[] } {
  if (beginsWith(next, tokenIds)) return { tokenIds: next, reasons: [] };
  if (beginsWith(next, currentIds)) {
    const turn = next.slice(currentIds.length);
    return { tokenIds: [...tokenIds, ...closing(tokenIds, currentIds), ...turn], reasons: [REWRITTEN] };
  }
  const kept = commonLength(next, tokenIds);
  const reason =
    `With another question the template writes earlier turns in another way (as when it leaves reasoning out), so ` +
    `the continuation shares only the first ${kept} of ${tokenIds.length} frozen tokens.`;
  return { tokenIds: next, reasons: [reason] };
}

/** Templates close a turn with few tokens. */
const CLOSING_TOKENS = 4;

/** What the template writes after the last token of a turn, as a line break after the end token. */
function closing(tokenIds: readonly number[], currentIds: readonly number[]): readonly number[] {
  const last = tokenIds.at(-1);
  const after = last === undefined ? 0 : currentIds.length - 1 - currentIds.lastIndexOf(last);
  return after > 0 && after <= CLOSING_TOKENS ? currentIds.slice(-after) : [];
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
