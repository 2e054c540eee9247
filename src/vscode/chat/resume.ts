import { sessionNotFound, wrongState } from '../../core/errors.ts';
import { known } from '../../core/known.ts';
import type { SessionSummary } from '../../core/windows/session.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { Windows } from '../../core/windows/windows.ts';
import type { OpenContext } from '../../tools/environment.ts';

export interface Resumed {
  readonly session: SessionSummary;
  /** The window that it was thawed from, unless that is gone. */
  readonly window: WindowSummary | undefined;
}

/**
 * As `sessionToResume` in the active folder's context; a session of another folder is found by its id, not by a name that
 * a window here may have too.
 */
export async function findToResume(
  active: OpenContext,
  others: () => Promise<readonly OpenContext[]>,
  named: string,
): Promise<Resumed & { readonly context: OpenContext }> {
  const found = known(() => sessionToResume(active.windows, named));
  if (found !== undefined) return { context: active, ...found };
  for (const context of await others()) {
    const session = known(() => context.windows.sessions.summary(named));
    if (session !== undefined) return { context, ...resumed(context.windows, session) };
  }
  throw sessionNotFound(named);
}

/**
 * The session to go on in that somebody means: by its id, or the last one that a thaw of the named window began.
 * @throws PF-2004 when there is none of that name, PF-3003 when it cannot go on.
 */
export function sessionToResume(windows: Windows, named: string): Resumed {
  const window =
    known(() => windows.summary({ name: named })) ?? known(() => windows.summary({ windowId: named }));
  if (window === undefined) {
    const session = known(() => windows.sessions.summary(named));
    if (session === undefined) throw sessionNotFound(named);
    return resumed(windows, session);
  }
  const session = windows.lineage(window).thawedSessions.find(canGoOn);
  if (session !== undefined) return { session, window };
  throw wrongState(`No thaw of “${window.name}” can go on.`, `/thaw ${window.name} begins one.`);
}

function resumed(windows: Windows, session: SessionSummary): Resumed {
  const { thawedFrom } = session;
  const window = thawedFrom === null ? undefined : known(() => windows.summary({ windowId: thawedFrom }));
  return { session: goingOn(session), window };
}

function goingOn(session: SessionSummary): SessionSummary {
  if (canGoOn(session)) return session;
  throw wrongState(
    `The session "${session.id}" is ${session.state}.`,
    'Thaw its window to go on from there.',
  );
}

function canGoOn({ state }: SessionSummary): boolean {
  return state === 'active' || state === 'thawed';
}
