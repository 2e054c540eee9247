import type { VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { turnOf } from './answered.ts';
import type { FreezeWorkshop } from './freeze.ts';
import type { CallClock } from './patience.ts';
import { askServer, chooseModel } from './reach.ts';
import { chat, replyOf } from './reply.ts';
import { namesOf, NOTHING_SEEN, type CacheState, type Thawed, type ThawOptions } from './thawed.ts';
import { openSession } from './thawedSession.ts';
import type { FrozenWindow } from './window.ts';

const NO_SERVER = 'No vLLM endpoint is configured, so the conversation is handed on as text.';
const NO_REPLY = 'There is no server to answer continueWith.';

/** Hands a window on as messages; a server, if there is one, answers a question as any other chat. */
export async function thawAsText(
  workshop: FreezeWorkshop,
  client: VllmClient | undefined,
  window: FrozenWindow,
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Thawed> {
  const { continueWith } = options;
  const asked: ChatMessage[] = continueWith === undefined ? [] : [{ role: 'user', content: continueWith }];
  const said = [...window.messages, ...asked];
  const answers = client !== undefined && continueWith !== undefined;
  const answered = answers ? await chatOn(client, window, said, options, clock, signal) : undefined;
  const turn = answered === undefined ? undefined : turnOf(said, answered.generation);
  const model = answered?.model ?? window.model;
  const endpoint = answered?.endpoint ?? null;
  return {
    ...(answered === undefined ? NOTHING_SEEN : seenIn(answered.generation)),
    ...namesOf(window),
    status: 'text_only',
    model,
    endpoint,
    reasons: reasonsFor(client, window, options),
    drift: null,
    sessionId: openSession(workshop, window, {
      model,
      endpoint: endpoint ?? window.endpoint,
      answered: turn,
      seen: NOTHING_SEEN,
    }),
    reply: answered === undefined ? null : replyOf(answered.generation),
    messages: turn?.messages ?? window.messages,
  };
}

function reasonsFor(
  client: VllmClient | undefined,
  { tokenIds, notes }: FrozenWindow,
  { continueWith }: ThawOptions,
): readonly string[] {
  const unanswered = client === undefined && continueWith !== undefined ? [NO_REPLY] : [];
  if (tokenIds === null) return ['It was frozen as text, without the exact tokens:', ...notes, ...unanswered];
  return client === undefined ? [NO_SERVER, ...unanswered] : [];
}

async function chatOn(
  client: VllmClient,
  window: FrozenWindow,
  messages: readonly ChatMessage[],
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<{ model: string; endpoint: string; generation: Generation }> {
  const what = `Asking the vLLM server at ${client.endpoint}`;
  const state = await clock.questions(what, (either) => askServer(client, either), signal);
  const model = chooseModel(window.model, state).id;
  const generation = await chat(client, { model, window, messages }, options, clock, signal);
  return { model, endpoint: client.endpoint, generation };
}

function seenIn({ usage, timeToFirstTokenMs }: Generation): CacheState {
  const { promptTokens, cachedTokens } = usage;
  const cachedTokensSource = cachedTokens === null ? 'none' : 'server';
  return { ...NOTHING_SEEN, promptTokens, cachedTokens, cachedTokensSource, timeToFirstTokenMs };
}
