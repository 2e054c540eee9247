import type { VllmClient } from '../../core/vllm/client.ts';
import type { Generation, SaidEvent } from '../../core/vllm/generation.ts';
import type { ChatMessage, ChatRequest } from '../../core/vllm/requests.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { whole } from '../../core/vllm/whole.ts';
import { turnOf, unkeepable } from '../../core/windows/answered.ts';
import { templateFields } from '../../core/windows/asking.ts';
import { headsOf, type Known } from '../../core/windows/conversationMatch.ts';
import type { Template } from '../../core/windows/message.ts';
import type { UnnamedTurn } from '../../core/windows/sessions.ts';
import type { OpenContext } from '../../tools/environment.ts';

/** A request of an agent of the editor: it has all that was said, and names no conversation. */
export interface AskedByAgent extends Pick<ChatRequest, 'toolChoice'> {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly template: Template;
}

export interface Keeping {
  /** Where a conversation is kept that begins; undefined when nothing is to be kept. */
  readonly context: OpenContext | undefined;
  /** Where else it may have begun: an agent turns from folder to folder. */
  readonly others: () => Promise<readonly OpenContext[]>;
  /** The salt of what is not kept. */
  readonly otherwise: string;
  /** Is told why a conversation is not kept. That keeps no answer back. */
  readonly failed: (thrown: unknown) => void;
}

/** A request, and what is known of its conversation. */
export interface Recognised {
  readonly asked: AskedByAgent;
  /** Where it is kept, which is where it began; undefined when it is not to be. */
  readonly context: OpenContext | undefined;
  /** Under which it goes on, or begins. */
  readonly salt: string;
  /** The session that it goes on in; undefined when it begins one. */
  readonly sessionId: string | undefined;
  /** Where what was said in it may still be cached. */
  readonly endpoints: readonly string[];
}

/** Looks the conversation of a request up, once for all that has to know of it. */
export async function recognise(keeping: Keeping, asked: AskedByAgent): Promise<Recognised> {
  const { context, otherwise } = keeping;
  if (context === undefined) return { asked, context, salt: otherwise, sessionId: undefined, endpoints: [] };
  const found =
    foundIn([context], keeping, asked) ?? foundIn(await elsewhere(keeping, asked), keeping, asked);
  const endpoint = found?.known.endpoint ?? null;
  return {
    asked,
    context: found?.context ?? context,
    // What had no salt, for its server knew none then, is to have one.
    salt: found?.known.salt || newSalt(),
    sessionId: found?.known.isOpen === true ? found.known.sessionId : undefined,
    endpoints: endpoint === null ? [] : [endpoint],
  };
}

/** Does the work of a turn. Meanwhile nobody freezes the session that it goes on in. */
export function answering<T>({ context, sessionId }: Recognised, work: () => Promise<T>): Promise<T> {
  return context === undefined || sessionId === undefined
    ? work()
    : context.windows.sessions.answering(sessionId, work);
}

/** An answer, and the turn that it ends. */
export interface AnswerToAgent {
  readonly toolCalls: Generation['toolCalls'];
  readonly said: UnnamedTurn;
}

/** Answers piece by piece under the salt of the conversation. */
export async function answerUnnamed(
  client: VllmClient,
  { asked: { template, ...asked }, salt }: Recognised,
  onSaid: (piece: SaidEvent) => void,
  signal: AbortSignal,
): Promise<AnswerToAgent> {
  const request = { ...asked, ...templateFields(template), cacheSalt: salt };
  const generation = await whole(client.endpoint, client.chatStreaming(request, signal), onSaid);
  const { model, messages } = asked;
  const said = {
    conversation: { model, template, salt, endpoint: client.endpoint },
    asked: messages,
    turn: turnOf(messages, generation),
  };
  return { toolCalls: generation.toolCalls, said };
}

/** Keeps a turn in the session of its conversation, or begins one with it. */
export function keep(
  { context }: Pick<Recognised, 'context'>,
  { failed }: Pick<Keeping, 'failed'>,
  said: UnnamedTurn,
): void {
  const refused = unkeepable(said.turn);
  if (context === undefined) return;
  if (refused !== undefined) return failed(refused);
  try {
    context.windows.sessions.record(said);
  } catch (thrown) {
    failed(thrown);
  }
}

/** Where else to look for a conversation: nowhere, if nobody has answered in it yet. */
async function elsewhere({ others }: Keeping, { messages }: AskedByAgent): Promise<readonly OpenContext[]> {
  return messages.some(({ role }) => role === 'assistant') ? others() : [];
}

interface Found {
  readonly context: OpenContext;
  readonly known: Known;
}

function foundIn(
  contexts: readonly OpenContext[],
  { failed }: Pick<Keeping, 'failed'>,
  { model, template, messages }: AskedByAgent,
): Found | undefined {
  const heads = headsOf(template, messages);
  for (const context of contexts) {
    try {
      const known = context.windows.sessions.find({ model, heads });
      if (known !== undefined) return { context, known };
    } catch (thrown) {
      failed(thrown);
    }
  }
  return undefined;
}
