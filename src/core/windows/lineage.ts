import { countOf } from '../store/page.ts';
import { number, optional, text } from '../store/row.ts';
import type { Row, SqlReader } from '../store/sqlView.ts';
import type { SessionSummary } from './session.ts';
import { sessionSummaryOf, SESSION_COLUMNS } from './sessionRows.ts';
import type { WindowSummary } from './window.ts';

export interface WindowRef {
  readonly id: string;
  readonly name: string;
}

/** How a window came of the one above it: by cloning it, or by freezing a session that a thaw of it began. */
export const ORIGINS = ['root', 'clone', 'thaw'] as const;

/** A window in the tree of those that belong together. */
export interface Relative extends WindowRef {
  readonly parentId: string | null;
  readonly origin: (typeof ORIGINS)[number];
  /** 0 at the root. */
  readonly depth: number;
  readonly archived: boolean;
}

/** Where a window comes from and what came of it. */
export interface Lineage {
  /** The window above it; null when there is none, or it was deleted for good. */
  readonly parent: WindowRef | null;
  /** The first of many, in the order they were frozen. */
  readonly children: readonly WindowRef[];
  readonly childrenTotal: number;
  /** All that have the same root, each above what came of it, in the order they were frozen. The first of many. */
  readonly tree: readonly Relative[];
  /** How many windows the whole tree has. */
  readonly treeTotal: number;
  /** The session that was frozen; a clone shares it with its source. */
  readonly session: SessionSummary | null;
  /** The sessions that thaws of it began, the latest first. The first of many. */
  readonly thawedSessions: readonly SessionSummary[];
  readonly thawedTotal: number;
}

const SHOWN_SESSIONS = 20;
const SHOWN_RELATIVES = 200;

export function lineageOf(
  view: SqlReader,
  { id, parentId, sessionId }: Pick<WindowSummary, 'id' | 'parentId' | 'sessionId'>,
): Lineage {
  const sessions = (where: string, parameter: string) =>
    view
      .all(
        `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE ${where} ORDER BY s.row DESC LIMIT ${SHOWN_SESSIONS}`,
        [parameter],
      )
      .map(sessionSummaryOf);
  const parent = view.first('SELECT id, name FROM windows WHERE id = ?', [parentId]);
  const tree = treeAround(view, id);
  return {
    parent: parent === undefined ? null : refOf(parent),
    children: view
      .all(`SELECT id, name FROM windows WHERE parent_id = ? ORDER BY row LIMIT ${SHOWN_RELATIVES}`, [id])
      .map(refOf),
    childrenTotal: countOf(view, 'windows', { sql: 'parent_id = ?', parameters: [id] }),
    tree: tree.slice(0, SHOWN_RELATIVES),
    treeTotal: tree.length,
    session: sessions('s.id = ?', sessionId)[0] ?? null,
    thawedSessions: sessions('s.thawed_from = ?', id),
    thawedTotal: countOf(view, 'sessions', { sql: 'thawed_from = ?', parameters: [id] }),
  };
}

export interface Clone extends WindowRef {
  readonly archived: boolean;
}

/** The clones of a window, the clones of these, and so on, in the order they were made, archived ones too. */
export function clonesOf(view: SqlReader, id: string): Clone[] {
  return view
    .all(
      `WITH RECURSIVE clones (row, id, name, archived_at) AS (
         SELECT row, id, name, archived_at FROM windows WHERE parent_id = ? AND content_of IS NOT NULL
         UNION ALL
         SELECT w.row, w.id, w.name, w.archived_at FROM windows w JOIN clones c ON w.parent_id = c.id
         WHERE w.content_of IS NOT NULL
       ) SELECT * FROM clones ORDER BY row`,
      [id],
    )
    .map((row) => ({ ...refOf(row), archived: row['archived_at'] !== null }));
}

/** From the root down; SQLite takes the deepest of what is waiting next, so each window stands above its own. */
function treeAround(view: SqlReader, id: string): Relative[] {
  return view
    .all(
      `WITH RECURSIVE up (id, parent_id, height) AS (
         SELECT id, parent_id, 0 FROM windows WHERE id = ?
         UNION ALL
         SELECT w.id, w.parent_id, height + 1 FROM windows w JOIN up ON w.id = up.parent_id
       ), down (row, id, name, parent_id, content_of, archived_at, depth) AS (
         SELECT * FROM (SELECT w.row, w.id, w.name, w.parent_id, w.content_of, w.archived_at, 0
           FROM windows w JOIN up ON w.id = up.id ORDER BY up.height DESC LIMIT 1)
         UNION ALL
         SELECT w.row, w.id, w.name, w.parent_id, w.content_of, w.archived_at, depth + 1
           FROM windows w JOIN down ON w.parent_id = down.id
         ORDER BY 7 DESC, 1
       ) SELECT * FROM down`,
      [id],
    )
    .map(relativeOf);
}

function relativeOf(row: Row): Relative {
  const depth = number(row, 'depth');
  return {
    ...refOf(row),
    parentId: depth === 0 ? null : text(row, 'parent_id'),
    origin: originOf(row, depth),
    depth,
    archived: row['archived_at'] !== null,
  };
}

function originOf(row: Row, depth: number): Relative['origin'] {
  if (depth === 0) return 'root';
  return row['content_of'] === null ? 'thaw' : 'clone';
}

function refOf(row: Row): WindowRef {
  return { id: text(row, 'id'), name: optional(text, row, 'name') ?? '' };
}
