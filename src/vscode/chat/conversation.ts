import type { VllmClient } from '../../core/vllm/client.ts';
import type { Generation, GenerationEvent } from '../../core/vllm/generation.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { titleOf } from '../../core/windows/naming.ts';
import type { Session } from '../../core/windows/session.ts';
import type { Windows } from '../../core/windows/windows.ts';
import { systemMessage } from './prompt.ts';

/** A conversation of the chat view, kept as a session so that it can be frozen with its exact tokens. */
export interface Conversation {
  readonly sessionId: string;
  readonly salt: string;
  readonly model: string;
  /** All that was said before, the system message first. */
  readonly messages: readonly ChatMessage[];
}

export interface ConversationStart {
  readonly model: string;
  readonly endpoint: string;
  readonly folder: string;
  /** What is asked first. */
  readonly question: string;
}

/**
 * The conversation that `sessionId` names, if it can go on with this model on this server; else a new session with
 * what was said so far, under a salt of its own.
 */
export function continueOrStart(
  { sessions }: Windows,
  sessionId: string | undefined,
  { model, endpoint, folder, question }: ConversationStart,
): Conversation {
  const before = sessionId === undefined ? undefined : sessions.get(sessionId);
  if (before !== undefined && goesOn(before, model, endpoint)) {
    return { sessionId: before.id, salt: before.salt, model, messages: before.messages };
  }
  const { id, salt } = sessions.start({
    model,
    endpoint,
    title: titleOf([{ role: 'user', content: question }]),
  });
  return { sessionId: id, salt, model, messages: before?.messages ?? [systemMessage(folder)] };
}

/**
 * Puts a question, gives the answer piece by piece to `onText`, and records the turn with the ids that the server
 * read and wrote. A turn that fails or is cancelled is not recorded.
 */
export async function ask(
  client: VllmClient,
  windows: Windows,
  { sessionId, salt, model, messages }: Conversation,
  question: ChatMessage,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<Generation> {
  const asked = [...messages, question];
  const events = client.chatStreaming({ model, messages: asked, cacheSalt: salt }, signal);
  const generation = await whole(events, onText);
  const { promptTokenIds, tokenIds, usage } = generation;
  windows.sessions.recordTurn(sessionId, {
    messages: [...asked, { role: 'assistant', content: generation.text }],
    tokenIds: promptTokenIds === null ? undefined : [...promptTokenIds, ...tokenIds],
    promptTokens: usage.promptTokens,
    cachedTokens: usage.cachedTokens,
  });
  return generation;
}

function goesOn(session: Session, model: string, endpoint: string): boolean {
  const { state } = session;
  return (
    (state === 'active' || state === 'thawed') && session.model === model && session.endpoint === endpoint
  );
}

async function whole(
  events: AsyncIterable<GenerationEvent>,
  onText: (text: string) => void,
): Promise<Generation> {
  for await (const event of events) {
    if (event.kind === 'text') onText(event.text);
    if (event.kind === 'done') return event.generation;
  }
  throw new Error('a stream of tokens ended without its whole'); // VllmClient fails before that.
}
