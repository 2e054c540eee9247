import { PermafrostError, sessionNotFound, wrongState } from '../../core/errors.ts';
import type { SessionSummary } from '../../core/windows/session.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { Windows } from '../../core/windows/windows.ts';

export interface Resumed {
  readonly session: SessionSummary;
  /** The window that it was thawed from. */
  readonly window: WindowSummary | undefined;
}

/**
 * The session to go on in that somebody means: by its id, or the last one that a thaw of the named window began.
 * @throws PF-2004 when there is none of that name, PF-3003 when it cannot go on.
 */
export function sessionToResume(windows: Windows, named: string): Resumed {
  const window =
    known(() => windows.summary({ name: named })) ?? known(() => windows.summary({ windowId: named }));
  if (window === undefined) {
    const session = known(() => windows.sessions.get(named));
    if (session === undefined) throw sessionNotFound(named);
    return { session: goingOn(session), window: undefined };
  }
  const session = windows.lineage(window).thawedSessions.find(canGoOn);
  if (session !== undefined) return { session, window };
  throw wrongState(`No thaw of “${window.name}” can go on.`, `/thaw ${window.name} begins one.`);
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

/** What `find` gives; undefined when it says that there is no such thing. */
function known<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (thrown) {
    if (thrown instanceof PermafrostError && thrown.code.startsWith('PF-2')) return undefined;
    throw thrown;
  }
}
