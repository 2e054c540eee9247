import { text } from '../store/row.ts';
import type { SqlReader } from '../store/sqlView.ts';
import { Anchor, RelationType, type MemoryVersion, type Relation } from './memory.ts';
import { versionOf } from './rows.ts';

/** The relations of a memory, those that it points at first. */
export function relationsOf(view: SqlReader, id: string): Relation[] {
  const rows = view.all(
    `SELECT 'to' AS direction, r.type, m.id, m.title, r.created_at
       FROM relations r JOIN memories m ON m.id = r.to_id WHERE r.from_id = ?1
     UNION ALL
     SELECT 'from', r.type, m.id, m.title, r.created_at
       FROM relations r JOIN memories m ON m.id = r.from_id WHERE r.to_id = ?1
     ORDER BY 1 DESC, 5, 3`,
    [id],
  );
  return rows.map((row) => ({
    type: RelationType.parse(row['type']),
    direction: row['direction'] === 'to' ? 'to' : 'from',
    id: text(row, 'id'),
    title: text(row, 'title'),
  }));
}

/** What a memory cites, in the order given. */
export function anchorsOf(view: SqlReader, id: string): Anchor[] {
  const rows = view.all(
    'SELECT a.anchor FROM anchors a JOIN memories m ON m.row = a.memory WHERE m.id = ? ORDER BY a.position',
    [id],
  );
  return rows.map((row) => Anchor.parse(JSON.parse(text(row, 'anchor'))));
}

/** Every version of a memory, oldest first, the current one last. */
export function historyOf(view: SqlReader, id: string): MemoryVersion[] {
  const columns = 'version, change, title, tier, tags, size';
  const rows = view.all(
    `SELECT ${columns}, at FROM memory_versions WHERE memory = (SELECT row FROM memories WHERE id = ?1)
     UNION ALL SELECT ${columns}, updated_at FROM memories WHERE id = ?1 ORDER BY version`,
    [id],
  );
  return rows.map(versionOf);
}
