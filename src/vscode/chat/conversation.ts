import { known } from '../../core/known.ts';
import type { VllmClient } from '../../core/vllm/client.ts';
import type { Generation } from '../../core/vllm/generation.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { whole } from '../../core/vllm/whole.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { turnOf } from '../../core/windows/answered.ts';
import { chatFields } from '../../core/windows/asking.ts';
import type { Template } from '../../core/windows/message.ts';
import { titleOf } from '../../core/windows/naming.ts';
import { mayMove, type Session, type SessionSummary, type Turn } from '../../core/windows/session.ts';
import type { Sessions } from '../../core/windows/sessions.ts';
import type { Windows } from '../../core/windows/windows.ts';
import { systemMessage } from './prompt.ts';

/** A conversation of the chat view, kept as a session so that it can be frozen with its exact tokens. */
export interface Conversation {
  /** Undefined until its first turn. */
  readonly sessionId: string | undefined;
  /** How many turns the session has. */
  readonly turnCount: number;
  readonly title: string;
  readonly salt: string;
  readonly model: string;
  readonly endpoint: string;
  /** Tools and template arguments that it had when it was frozen: without them its prompt would begin otherwise. */
  readonly template: Template;
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
 * The conversation that `sessionId` names, if it can go on with this model on this server; else a new one with what
 * was said so far, on another server or with another model under a salt of its own. Nothing is written before its first answer.
 */
export function continueOrStart(
  { sessions }: Windows,
  sessionId: string | undefined,
  { model, endpoint, folder, question }: ConversationStart,
): Conversation {
  const before = sessionId === undefined ? undefined : known(() => sessions.get(sessionId));
  const here = isAt(before, model, endpoint) ? before : undefined;
  const continued = here !== undefined && mayMove(here.state, 'active') ? here : undefined;
  return {
    sessionId: continued?.id,
    turnCount: continued?.turnCount ?? 0,
    title: titleOf([{ role: 'user', content: question }]),
    // A session that was frozen has a branch: the server's cache knows its beginning under the same salt.
    salt: here?.salt ?? newSalt(),
    model,
    endpoint,
    template: before?.template ?? {},
    messages: before?.messages ?? [systemMessage(folder)],
  };
}

/** Whether a conversation has to begin anew because its session is not in this context. */
export function isLost(windows: Windows, sessionId: string | undefined): boolean {
  return sessionId !== undefined && summaryIn(windows, sessionId) === undefined;
}

/** Where what was said in a session may still be cached. */
export function endpointsOf(windows: Windows, sessionId: string | undefined): readonly string[] {
  const endpoint = summaryIn(windows, sessionId)?.endpoint ?? null;
  return endpoint === null ? [] : [endpoint];
}

/** The model of a session that a thaw began: no other has its tokens cached, whatever the settings name. */
export function modelToGoOnWith(windows: Windows, sessionId: string | undefined): string | undefined {
  const session = summaryIn(windows, sessionId);
  return session?.thawedFrom === null ? undefined : (session?.model ?? undefined);
}

export interface Answer {
  /** The session that the conversation goes on in. */
  readonly sessionId: string;
  readonly generation: Generation;
}

/**
 * Puts a question, gives the answer piece by piece to `onText`, and records the turn with the ids that the server
 * read and wrote. A turn that fails or is cancelled is not recorded.
 */
export async function ask(
  client: VllmClient,
  { sessions }: Windows,
  conversation: Conversation,
  question: ChatMessage,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const { sessionId } = conversation;
  const turn = () => answer(client, sessions, conversation, question, onText, signal);
  return sessionId === undefined ? turn() : sessions.answering(sessionId, turn);
}

async function answer(
  client: VllmClient,
  sessions: Sessions,
  conversation: Conversation,
  question: ChatMessage,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const { salt, model, template } = conversation;
  const messages = [...conversation.messages, question];
  const request = {
    ...chatFields(template),
    model,
    messages,
    cacheSalt: salt,
  };
  const generation = await whole(client.endpoint, client.chatStreaming(request, signal), ({ kind, text }) => {
    if (kind === 'text') onText(text);
  });
  return { sessionId: record(sessions, conversation, turnOf(messages, generation)), generation };
}

/** A session of another context is as good as none: which context is in use may have changed. */
function summaryIn({ sessions }: Windows, id: string | undefined): SessionSummary | undefined {
  return id === undefined ? undefined : known(() => sessions.summary(id));
}

function isAt(session: Session | undefined, model: string, endpoint: string): boolean {
  return session?.model === model && session.endpoint === endpoint;
}

/** Keeps a turn, in a new session when it is the first. Gives the id of the session that it goes on in. */
function record(sessions: Sessions, conversation: Conversation, turn: Turn): string {
  const { sessionId, turnCount, title, salt, model, endpoint, template } = conversation;
  if (sessionId === undefined) return sessions.start({ title, salt, model, endpoint, template }, turn).id;
  return sessions.recordTurn({ id: sessionId, turnCount }, turn);
}
