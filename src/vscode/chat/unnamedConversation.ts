import type { VllmClient } from '../../core/vllm/client.ts';
import type { GenerationEvent } from '../../core/vllm/generation.ts';
import type { ChatMessage, ChatRequest } from '../../core/vllm/requests.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { turnOf, unkeepable } from '../../core/windows/answered.ts';
import { templateFields } from '../../core/windows/capture.ts';
import { headsOf } from '../../core/windows/conversationMatch.ts';
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

/**
 * Answers piece by piece under the salt of the conversation, and keeps the turn in its session. A turn that fails or
 * is cancelled is not kept.
 */
export async function answerUnnamed(
  client: VllmClient,
  keeping: Keeping,
  { template, ...asked }: AskedByAgent,
  onEvent: (event: GenerationEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const salt = saltFor(keeping, { template, ...asked });
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

function saltFor(
  { sessions, otherwise, failed }: Keeping,
  { model, template, messages }: AskedByAgent,
): string {
  if (sessions === undefined) return otherwise;
  try {
    return sessions.find({ model, heads: headsOf(template, messages) })?.salt ?? newSalt();
  } catch (thrown) {
    failed(thrown);
    return newSalt();
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
