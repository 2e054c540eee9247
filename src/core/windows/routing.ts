import { text } from '../store/row.ts';
import type { Store } from '../store/store.ts';
import type { Wanted } from '../vllm/endpoints/route.ts';
import type { Conversation } from './capture.ts';
import type { FrozenWindow } from './window.ts';

/** What the endpoint of a conversation that is to be frozen should have. */
export function wantedByConversation(store: Store, { model, salt, tokenIds }: Conversation): Wanted {
  return { model, root: null, tokens: tokenIds?.length ?? null, holders: holdersOf(store, salt) };
}

/** What the endpoint that a window is thawed at should have. */
export function wantedByWindow(store: Store, { model, server, promptTokens, salt }: FrozenWindow): Wanted {
  return { model, root: server?.root ?? null, tokens: promptTokens, holders: holdersOf(store, salt) };
}

/**
 * The endpoints that computed something under a salt, the latest first. Only they can have blocks of it, unless they
 * share a store; and whether they still have them, a thaw finds out. Conversations without one have nothing in common.
 */
export function holdersOf(store: Store, salt: string): string[] {
  if (salt === '') return [];
  const rows = store.read((view) =>
    view.all(
      `SELECT endpoint FROM (
         SELECT endpoint, updated_at AS at FROM sessions WHERE salt = ?
         UNION ALL SELECT endpoint, frozen_at FROM windows WHERE salt = ?
       ) WHERE endpoint IS NOT NULL GROUP BY endpoint ORDER BY max(at) DESC`,
      [salt, salt],
    ),
  );
  return rows.map((row) => text(row, 'endpoint'));
}
