import { hasClones, windowNotFound } from '../errors.ts';
import { text } from '../store/row.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import { changeWindow } from './changeWindow.ts';
import { clonesOf, type WindowRef } from './lineage.ts';
import { freeName } from './naming.ts';
import { freezeAgain, releaseSession } from './sessionRows.ts';
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

/**
 * Deletes a window for good, archived or not. Its clones have their content from it, so archived ones count too.
 * Gives the ids, its clones' after its own.
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
 * Puts archived windows back into the list, with a number after the name where that was taken meanwhile. A session
 * that was let go by deleting its window, and to which nothing happened since, is frozen as that again. Those that
 * are not archived stay as they are.
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
    tx.run('UPDATE auto_freezes SET archived_at = NULL WHERE window = ?', [id]);
    if (name !== was) changeWindow(tx, blobs, { windowId: id }, { name });
    freezeAgain(tx, { id, sessionId: text(row, 'session_id') }, at);
    return { id, name };
  });
}
