import type { Generation } from '../vllm/generation.ts';
import { tidySessions } from './expiry.ts';
import type { FreezeWorkshop } from './freeze.ts';
import type { Turn } from './session.ts';
import { insertSession, insertTurn } from './sessionRows.ts';
import type { Reply } from './thawed.ts';
import type { FrozenWindow } from './window.ts';

export interface GoingOn {
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly turn: Turn;
}

/** Begins the session in which a thawed window goes on, under the same salt; gives its id. */
export function openSession(
  { store, now, newId, sessionDays }: FreezeWorkshop,
  window: FrozenWindow,
  { model, endpoint, turn }: GoingOn,
): string {
  const { id: thawedFrom, name: title, salt, template } = window;
  const session = {
    id: newId(),
    state: 'thawed',
    title,
    model,
    endpoint,
    salt,
    template,
    thawedFrom,
  } as const;
  const at = now();
  store.write((tx) => {
    tidySessions(tx, at, sessionDays?.() ?? 0);
    insertSession(tx, session, at);
    insertTurn(tx, store.blobs, session.id, turn, at);
    tx.run('UPDATE windows SET thawed_at = ?, thawed_commit = ?, thaw_count = thaw_count + 1 WHERE id = ?', [
      at,
      tx.commit,
      thawedFrom,
    ]);
  });
  return session.id;
}

/** The ids after a generation; undefined when the server did not tell those of its answer. */
export function idsAfter(
  prompt: readonly number[] | null,
  generation: Pick<Generation, 'tokenIds' | 'usage'> | undefined,
): readonly number[] | undefined {
  if (prompt === null) return undefined;
  if (generation === undefined) return prompt;
  const { tokenIds, usage } = generation;
  return tokenIds.length === usage.completionTokens ? [...prompt, ...tokenIds] : undefined;
}

export function replyOf({ text, finishReason, usage }: Generation): Reply {
  return { text, finishReason, ...usage };
}
