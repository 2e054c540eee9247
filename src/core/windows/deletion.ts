import { hasClones, windowNotFound } from '../errors.ts';
import { number, optional, text } from '../store/row.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import { changeWindow } from './changeWindow.ts';
import { clonesOf, type WindowRef } from './lineage.ts';
import { freeName } from './naming.ts';
import { deleteSessions, freezeAgain, releaseSession } from './sessionRows.ts';
import { windowIdOf, windowSummary, type WindowName } from './windowRows.ts';

export interface DeleteOptions {
  /** Takes its clones too, and theirs. Without it, a window that has some is not deleted. */
  readonly cascade?: boolean | undefined;
}

/**
 * Takes a window out of the list and frees its name; its id still finds it. Gives the ids, its clones' after its own.
 * @throws PF-2003 when it is not there, PF-3005 when it has clones in the list and `cascade` is not set.
 */
export function archiveWindow(tx: Transaction, named: WindowName, cascade: boolean, at: number): string[] {
  const id = windowIdOf(tx, named);
  const clones = clonesOf(tx, id).filter(({ archived }) => !archived);
  if (clones.length > 0 && !cascade) throw hasClones(windowSummary(tx, id).name, clones);
  const ids = [id, ...clones.map((clone) => clone.id)];
  for (const each of ids) {
    tx.run('UPDATE windows SET archived_at = ? WHERE id = ? AND archived_at IS NULL', [at, each]);
  }
  // No session is frozen as a clone.
  releaseSession(tx, id, at);
  return ids;
}

/** What became of a deletion for good; all are ids. */
export interface Deleted {
  /** Its own, then those of its clones. */
  readonly windows: readonly string[];
  readonly deletedSessions: readonly string[];
  /** Sessions that it was frozen from, that thaws of it began, or that branched off, and that stay with what was said in them. */
  readonly keptSessions: readonly string[];
}

/**
 * Deletes a window for good as `deleteWindow` does, and with it the session that is frozen as it: of the conversation
 * nothing is to be left that can only be had by the window. A session stays that another window was made of, that can
 * go on (an active one, or one that a thaw began), or whose answer is on its way.
 */
export function deleteForGood(
  tx: Transaction,
  named: WindowName,
  cascade: boolean,
  { at, isAnswering }: { readonly at: number; readonly isAnswering: (sessionId: string) => boolean },
): Deleted {
  const id = windowIdOf(tx, named);
  const sessions = sessionsWith(tx, [id, ...clonesOf(tx, id).map((clone) => clone.id)]);
  const windows = deleteWindow(tx, { windowId: id }, cascade, at);
  const gone = sessions.filter(
    (session) => session.frozenAs === id && !isAnswering(session.id) && !hasWindow(tx, session.id),
  );
  deleteSessions(tx, gone);
  return {
    windows,
    deletedSessions: gone.map((session) => session.id),
    keptSessions: sessions.filter((session) => !gone.includes(session)).map((session) => session.id),
  };
}

interface Holder {
  readonly row: number;
  readonly id: string;
  readonly frozenAs: string | undefined;
}

/**
 * The sessions that may have what was said in these windows, or its beginning: all that have the same salt, since branches
 * do, though a client that names its own may have one for all that it says.
 */
function sessionsWith(view: SqlReader, windows: readonly string[]): Holder[] {
  const ids = JSON.stringify(windows);
  return view
    .all(
      `SELECT row, id, frozen_as FROM sessions
         WHERE id IN (SELECT session_id FROM windows WHERE id IN (SELECT value FROM json_each(?1)))
       UNION SELECT row, id, frozen_as FROM sessions WHERE thawed_from IN (SELECT value FROM json_each(?1))
       UNION SELECT row, id, frozen_as FROM sessions
         WHERE salt <> '' AND salt IN (SELECT salt FROM windows WHERE id IN (SELECT value FROM json_each(?1)))
       ORDER BY row`,
      [ids],
    )
    .map((row) => ({
      row: number(row, 'row'),
      id: text(row, 'id'),
      frozenAs: optional(text, row, 'frozen_as'),
    }));
}

function hasWindow(view: SqlReader, session: string): boolean {
  return view.first('SELECT 1 FROM windows WHERE session_id = ?', [session]) !== undefined;
}

/**
 * Deletes a window for good, archived or not. Its clones have their content from it, so archived ones count too. The
 * session that is frozen as it becomes active again. Gives the ids, its clones' after its own.
 * @throws PF-2003 when it is not there, PF-3005 when it has clones and `cascade` is not set.
 */
export function deleteWindow(tx: Transaction, named: WindowName, cascade: boolean, at: number): string[] {
  const id = windowIdOf(tx, named);
  const clones = clonesOf(tx, id);
  if (clones.length > 0 && !cascade) throw hasClones(windowSummary(tx, id).name, clones);
  const ids = [id, ...clones.map((clone) => clone.id)];
  for (const each of ids) {
    tx.run('DELETE FROM windows WHERE id = ?', [each]);
    tx.run(FORGET_AUTOMATIC, [each]);
    // What was thawed from it and frozen again has content of its own, and stays.
    tx.run('UPDATE windows SET parent_id = NULL WHERE parent_id = ?', [each]);
    tx.run('UPDATE sessions SET thawed_from = NULL WHERE thawed_from = ?', [each]);
  }
  releaseSession(tx, id, at);
  return ids;
}

/**
 * That a window was frozen by itself is forgotten with it; only what is known of the session's last one stays as long as
 * the session, which is not frozen again before something is said in it.
 */
const FORGET_AUTOMATIC = `DELETE FROM auto_freezes WHERE window = ? AND EXISTS
  (SELECT 1 FROM auto_freezes later WHERE later.session = auto_freezes.session AND later.turn > auto_freezes.turn)`;

/**
 * A window is nobody's while it has the name that it was frozen by itself under, and no window has an empty one. The note
 * itself stays: what was frozen of the session is still not frozen again.
 */
const MAKE_A_PERSONS = "UPDATE auto_freezes SET archived_at = NULL, name = '' WHERE window = ?";

/**
 * Puts archived windows back into the list, with a number after the name where that was taken meanwhile. A session
 * that was let go by deleting its window, and to which nothing happened since, is frozen as that again. One that was
 * frozen by itself is the person's from here on. Those that are not archived stay as they are.
 * @throws PF-2003 when one is not there.
 */
export function unarchiveWindows(
  tx: Transaction,
  { blobs }: Store,
  ids: readonly string[],
  at: number,
): WindowRef[] {
  return ids.map((id) => {
    const row = tx.first('SELECT name, session_id, archived_at FROM windows WHERE id = ?', [id]);
    if (row === undefined) throw windowNotFound(id);
    const was = text(row, 'name');
    if (row['archived_at'] === null) return { id, name: was };
    const name = freeName(tx, was);
    tx.run('UPDATE windows SET archived_at = NULL WHERE id = ?', [id]);
    tx.run(MAKE_A_PERSONS, [id]);
    if (name !== was) changeWindow(tx, blobs, { windowId: id }, { name });
    freezeAgain(tx, { id, sessionId: text(row, 'session_id') }, at);
    return { id, name };
  });
}
