import type { ServedModel, VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { turnOf } from './answered.ts';
import { chatFields, guessTokens } from './asking.ts';
import { answer, type Continuation } from './continuation.ts';
import type { CallClock } from './patience.ts';
import type { Turn } from './session.ts';
import type { Reply, ThawOptions } from './thawed.ts';
import { watched } from './watch.ts';
import type { FrozenWindow } from './window.ts';

/** A question that was answered. */
export interface Replied {
  readonly generation: Generation;
  readonly turn: Turn;
  readonly reasons: readonly string[];
}

/** A window that was thawed, and how its conversation goes on there. */
interface Asked {
  readonly window: FrozenWindow;
  readonly client: VllmClient;
  readonly model: ServedModel;
  /** The prompt of the question; undefined when the server does not tell its ids. */
  readonly continuation: Continuation | undefined;
}

const ASKED_AS_CHAT =
  'The server has no /tokenize, so the question was asked as a chat, for which its template writes the whole prompt anew.';

/** The answer to the question that the caller goes on with, if there is one. */
export async function answerIfAsked(
  { window, client, model, continuation }: Asked,
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Replied | undefined> {
  const { continueWith, onEvent } = options;
  if (continueWith === undefined) return undefined;
  const asked = [...window.messages, { role: 'user', content: continueWith }];
  if (continuation === undefined) {
    const generation = await chat(
      client,
      { model: model.id, window, messages: asked },
      options,
      clock,
      signal,
    );
    return { generation, turn: turnOf(asked, generation), reasons: [ASKED_AS_CHAT] };
  }
  const prefix = { model: model.id, salt: window.salt };
  const generation = await answer(client, prefix, continuation, clock, onEvent, signal);
  const { tokenIds: promptTokenIds, reasons } = continuation;
  return { generation, turn: turnOf(asked, { ...generation, promptTokenIds }), reasons };
}

/** Has a server answer a window's conversation as any other chat, under the window's salt. */
export function chat(
  client: VllmClient,
  { model, window, messages }: { model: string; window: FrozenWindow; messages: readonly ChatMessage[] },
  { replyTokens, onEvent }: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Generation> {
  const { template, salt } = window;
  const request = { ...chatFields(template), model, messages, maxTokens: replyTokens, cacheSalt: salt };
  const start = (either: AbortSignal) => client.chatStreaming(request, either);
  return watched(client, { promptTokens: guessTokens(messages), start, onEvent }, clock, signal);
}

export function replyOf({ text, finishReason, usage }: Generation): Reply {
  return { text, finishReason, ...usage };
}
