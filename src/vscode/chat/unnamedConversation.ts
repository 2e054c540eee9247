import type { VllmClient } from '../../core/vllm/client.ts';
import type { GenerationEvent } from '../../core/vllm/generation.ts';
import type { ChatMessage, ChatRequest } from '../../core/vllm/requests.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { turnOf, unkeepable } from '../../core/windows/answered.ts';
import { templateFields } from '../../core/windows/asking.ts';
import { headsOf, type Known } from '../../core/windows/conversationMatch.ts';
import type { Template } from '../../core/windows/message.ts';
import type { Sessions, UnnamedTurn } from '../../core/windows/sessions.ts';

/** A request of an agent of the editor: it has all that was said, and names no conversation. */
export interface AskedByAgent extends Pick<ChatRequest, 'toolChoice'> {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly template: Template;
}

export interface Keeping {
  /** Undefined when nothing is to be kept. */
  readonly sessions: Pick<Sessions, 'find' | 'record'> | undefined;
  /** The salt of what is not kept. */
  readonly otherwise: string;
  /** Is told why a conversation is not kept. That keeps no answer back. */
  readonly failed: (thrown: unknown) => void;
}

/** A request, and what is known of its conversation. */
export interface Recognised {
  readonly asked: AskedByAgent;
  /** Under which it goes on, or begins. */
  readonly salt: string;
  /** Where what was said in it may still be cached. */
  readonly endpoints: readonly string[];
}

/** Looks the conversation of a request up, once for all that has to know of it. */
export function recognise(keeping: Keeping, asked: AskedByAgent): Recognised {
  if (keeping.sessions === undefined) return { asked, salt: keeping.otherwise, endpoints: [] };
  const { salt = newSalt(), endpoint = null } = knownOf(keeping, asked) ?? {};
  return { asked, salt, endpoints: endpoint === null ? [] : [endpoint] };
}

/**
 * Answers piece by piece under the salt of the conversation, and keeps the turn in its session. A turn that fails or
 * is cancelled is not kept.
 */
export async function answerUnnamed(
  client: VllmClient,
  keeping: Keeping,
  { asked: { template, ...asked }, salt }: Recognised,
  onEvent: (event: GenerationEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const request = { ...asked, ...templateFields(template), cacheSalt: salt };
  for await (const event of client.chatStreaming(request, signal)) {
    onEvent(event);
    if (event.kind !== 'done') continue;
    const { model, messages } = asked;
    const turn = turnOf(messages, event.generation);
    keep(keeping, {
      conversation: { model, template, salt, endpoint: client.endpoint },
      asked: messages,
      turn,
    });
  }
}

function knownOf(
  { sessions, failed }: Keeping,
  { model, template, messages }: AskedByAgent,
): Known | undefined {
  try {
    return sessions?.find({ model, heads: headsOf(template, messages) });
  } catch (thrown) {
    failed(thrown);
    return undefined;
  }
}

function keep({ sessions, failed }: Keeping, said: UnnamedTurn): void {
  const refused = unkeepable(said.turn);
  if (sessions === undefined) return;
  if (refused !== undefined) return failed(refused);
  try {
    sessions.record(said);
  } catch (thrown) {
    failed(thrown);
  }
}
