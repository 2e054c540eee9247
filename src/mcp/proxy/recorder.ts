import { invalidInput, PermafrostError } from '../../core/errors.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import type { Asked } from '../../core/windows/conversationMatch.ts';
import { ChatMessages } from '../../core/windows/message.ts';
import type { Turn } from '../../core/windows/session.ts';
import type { Sessions } from '../../core/windows/sessions.ts';

export interface RecorderOptions {
  readonly sessions: Pick<Sessions, 'find' | 'record'>;
  readonly endpoint: string;
  readonly log: (line: string) => void;
}

/** Keeps what passes as sessions. It never fails: what cannot be kept is told in the log, and passes all the same. */
export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** The salt that a conversation goes on under, or a new one. */
  saltFor(asked: Asked): string {
    const { sessions, log } = this.#options;
    try {
      return asked.salt ?? sessions.find(asked)?.salt ?? newSalt();
    } catch (thrown) {
      log(`the session of a conversation could not be looked up: ${said(thrown)}`);
      return newSalt();
    }
  }

  record({ model, template, messages }: Asked, salt: string, turn: Turn): void {
    const { sessions, endpoint, log } = this.#options;
    try {
      const kept = ChatMessages.safeParse(turn.messages);
      if (!kept.success) throw invalidInput(`The ${kept.error.issues[0]?.message}.`);
      sessions.record({ model, template, salt, endpoint }, messages, turn);
    } catch (thrown) {
      log(`a turn was not recorded: ${said(thrown)}`);
    }
  }
}

function said(thrown: unknown): string {
  if (thrown instanceof PermafrostError) return thrown.sentence;
  return thrown instanceof Error ? String(thrown.stack) : String(thrown);
}
