import type { ServedModel, VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import { turnOf } from './answered.ts';
import { answer, type Continuation } from './continuation.ts';
import type { CallClock } from './patience.ts';
import type { Turn } from './session.ts';
import type { ThawOptions } from './thawed.ts';
import { chat } from './thawAsText.ts';
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
