import { wrongState } from '../errors.ts';
import { optional, text } from '../store/row.ts';
import type { Row } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import { cacheReasons, cacheStateOf } from './cacheState.ts';
import { checkLength } from './capture.ts';
import type { CallClock } from './patience.ts';
import { askServer, sameModel, type Connect } from './reach.ts';
import type { SessionSummary } from './session.ts';
import { sessionSummaryOf, SESSION_COLUMNS } from './sessionRows.ts';
import type { CacheState } from './thawed.ts';
import { warm } from './warm.ts';
import type { FrozenWindow } from './window.ts';

interface WindowRef {
  readonly id: string;
  readonly name: string;
}

/** Where a window comes from and what came of it. */
export interface Lineage {
  /** The window whose thawed session was frozen as this one; null when there is none, or it was deleted. */
  readonly parent: WindowRef | null;
  readonly children: readonly WindowRef[];
  /** The session that was frozen. */
  readonly session: SessionSummary | null;
  /** The sessions that thaws of it began, the latest first. */
  readonly thawedSessions: readonly SessionSummary[];
}

const SHOWN_SESSIONS = 20;

export function lineageOf(store: Store, { id, parentId, sessionId }: FrozenWindow): Lineage {
  return store.read((view) => {
    const sessions = (where: string, parameter: string) =>
      view
        .all(
          `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE ${where} ORDER BY s.row DESC LIMIT ${SHOWN_SESSIONS}`,
          [parameter],
        )
        .map(sessionSummaryOf);
    const parent = view.first('SELECT id, name FROM windows WHERE id = ?', [parentId]);
    return {
      parent: parent === undefined ? null : refOf(parent),
      children: view.all('SELECT id, name FROM windows WHERE parent_id = ? ORDER BY row', [id]).map(refOf),
      session: sessions('s.id = ?', sessionId)[0] ?? null,
      thawedSessions: sessions('s.thawed_from = ?', id),
    };
  });
}

function refOf(row: Row): WindowRef {
  return { id: text(row, 'id'), name: optional(text, row, 'name') ?? '' };
}

export interface CacheCheck extends CacheState {
  readonly model: string;
  readonly reasons: readonly string[];
}

/**
 * How much of a window a server still has. vLLM tells that only of a request that it computes: so the exact ids are
 * sent for one token more, the server computes what it had not, and has all of it afterwards.
 * @throws PF-3003 for a window without ids, and as `thaw` does.
 */
export async function checkCache(
  connect: Connect,
  window: FrozenWindow,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<CacheCheck> {
  const { tokenIds, salt } = window;
  if (tokenIds === null) {
    const hint = 'Leave checkServer out.';
    throw wrongState(`The window "${window.name}" holds no tokens that a server could have cached.`, hint);
  }
  const client = await clock.questions('Connecting', () => connect(), signal);
  const what = `Asking the vLLM server at ${client.endpoint}`;
  const state = await clock.questions(what, (either) => askServer(client, either), signal);
  const { model, reasons } = sameModel(window, state);
  checkLength(tokenIds.length, model.maxModelLen);
  const warmth = await warm(client, { model: model.id, tokenIds, salt }, state.metrics, clock, signal);
  const cache = cacheStateOf(warmth, window, state);
  const cost =
    `The check sent all ${tokenIds.length} tokens for one token more, as a thaw does: the server has them cached ` +
    'now, whatever it had before.';
  return {
    ...cache,
    model: model.id,
    reasons: [...reasons, ...warmth.report.reasons, ...cacheReasons(warmth, cache, window, state), cost],
  };
}
