import { tidySessions } from './expiry.ts';
import type { FreezeWorkshop } from './freeze.ts';
import type { Turn } from './session.ts';
import { insertSession, insertTurn } from './sessionRows.ts';
import type { CacheState } from './thawed.ts';
import type { FrozenWindow } from './window.ts';
import { windowIdOf } from './windowRows.ts';

export interface GoingOn {
  readonly model: string | null;
  readonly endpoint: string | null;
  /** The turn that went on at once; undefined when nothing was asked. */
  readonly answered: Turn | undefined;
  /** What the server said of the frozen prompt. */
  readonly seen: Pick<CacheState, 'promptTokens' | 'cachedTokens'>;
}

/**
 * Begins the session in which a thawed window goes on, under the same salt; gives its id. With a turn of its own it is
 * active from the beginning, like one that has its first turn later.
 * @throws PF-2003 when the window was deleted for good meanwhile: its conversation is not to come back by this.
 */
export function openSession(
  { store, now, newId, sessionDays }: FreezeWorkshop,
  window: FrozenWindow,
  { model, endpoint, answered, seen }: GoingOn,
): string {
  const { name: title, salt, template } = window;
  const session = {
    id: newId(),
    state: answered === undefined ? 'thawed' : 'active',
    title,
    model,
    endpoint,
    salt,
    template,
  } as const;
  const turn = answered ?? asFrozen(window, seen);
  const at = now();
  store.write((tx) => {
    const thawedFrom = windowIdOf(tx, { windowId: window.id });
    tidySessions(tx, at, sessionDays?.() ?? 0);
    insertSession(tx, { ...session, thawedFrom }, at);
    insertTurn(tx, store.blobs, session.id, turn, at);
    tx.run('UPDATE windows SET thawed_at = ?, thawed_commit = ?, thaw_count = thaw_count + 1 WHERE id = ?', [
      at,
      tx.commit,
      thawedFrom,
    ]);
  });
  return session.id;
}

/** What was frozen, as the first turn of a session in which nothing was said yet. */
function asFrozen(
  { messages, tokenIds }: FrozenWindow,
  { promptTokens, cachedTokens }: GoingOn['seen'],
): Turn {
  return {
    messages,
    tokenIds: tokenIds ?? undefined,
    promptTokens: promptTokens ?? undefined,
    cachedTokens,
  };
}
