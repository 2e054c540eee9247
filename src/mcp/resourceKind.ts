import type { Resource } from '@modelcontextprotocol/sdk/types.js';
import { countOf } from '../core/store/page.ts';
import { number, text } from '../core/store/row.ts';
import type { SqlReader } from '../core/store/sqlView.ts';
import type { OpenContext } from '../tools/environment.ts';

/** Rows of one table that clients see as resources: `permafrost://<table>/{id}`. */
export interface ResourceKind {
  readonly table: 'memories' | 'windows';
  /** The column that holds what people call it. */
  readonly label: 'title' | 'name';
  readonly description: string;
  readonly mimeType: string;
  /** The text of one, archived or not; undefined when there is none with this id. */
  readonly read: (context: OpenContext, id: string) => string | undefined;
}

export interface ResourcePage {
  readonly resources: Resource[];
  /** The row that the next page begins after, when there is more. */
  readonly next: number | undefined;
}

export function uriTemplateOf({ table }: ResourceKind): string {
  return `permafrost://${table}/{id}`;
}

/** A page of what is not archived, newest first. */
export function listResources(
  view: SqlReader,
  kind: ResourceKind,
  limit: number,
  after?: number,
): ResourcePage {
  const rows = view.all(
    `SELECT row, id, ${kind.label} AS label FROM ${kind.table}
     WHERE archived_at IS NULL AND row < ? ORDER BY row DESC LIMIT ?`,
    [after ?? Number.MAX_SAFE_INTEGER, limit + 1],
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    resources: shown.map((row) => ({
      uri: `permafrost://${kind.table}/${text(row, 'id')}`,
      name: text(row, 'id'),
      title: text(row, 'label'),
      mimeType: kind.mimeType,
    })),
    next: rows.length > shown.length && last !== undefined ? number(last, 'row') : undefined,
  };
}

/** Ids that begin with what was typed, or whose label has it in it, newest first. */
export function completeIds(view: SqlReader, kind: ResourceKind, typed: string, limit: number) {
  const where = `archived_at IS NULL AND (substr(id, 1, length(?1)) = ?1 OR instr(lower(${kind.label}), lower(?1)) > 0)`;
  const rows = view.all(`SELECT id FROM ${kind.table} WHERE ${where} ORDER BY row DESC LIMIT ?2`, [
    typed,
    limit,
  ]);
  const total = countOf(view, kind.table, { sql: where, parameters: [typed] });
  return { ids: rows.map((row) => text(row, 'id')), total };
}

/** How many there are. */
export function countRows(view: SqlReader, { table }: ResourceKind): { current: number; archived: number } {
  const row = view.first(`SELECT count(*) AS total, count(archived_at) AS archived FROM ${table}`);
  const archived = row === undefined ? 0 : number(row, 'archived');
  return { current: (row === undefined ? 0 : number(row, 'total')) - archived, archived };
}
