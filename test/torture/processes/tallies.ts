import type { Store } from '../../../src/core/store/store.ts';
import { Tally } from './order.ts';

/** How often each participant was told that it had counted, and whether it may have counted once more, unheard. */
export type Acknowledged = ReadonlyMap<string, { readonly times: number; readonly killed: boolean }>;

/** Whether every version of the memories `ids` is what one acknowledged count made of the one before. @returns what is wrong. */
export function miscounts(store: Store, ids: readonly string[], acknowledged: Acknowledged): string[] {
  const tallies = ids.map((id) => talliesOf(store, id));
  const wrong = tallies.flatMap((versions, at) =>
    versions.flatMap(({ total }, version) =>
      total === version ? [] : [`${ids[at]} counts ${total} in version ${version + 1}`],
    ),
  );
  const counted = Map.groupBy(
    tallies.flatMap((versions) => versions.slice(1)),
    ({ by }) => by,
  );
  for (const [by, { times, killed }] of acknowledged) {
    const found = (counted.get(by) ?? []).map(({ time }) => time);
    const inOrder = found.every((time, at) => time === at + 1);
    const complete = found.length === times || (killed && found.length === times + 1);
    if (!inOrder || !complete)
      wrong.push(`${by} was told ${times} times that it had counted, not ${found.join()}`);
  }
  return wrong;
}

/** What the versions of a memory say, oldest first. */
function talliesOf(store: Store, id: string): Tally[] {
  const rows = store.read((view) =>
    view.all(
      `SELECT version, content FROM memories WHERE id = ?1
       UNION ALL SELECT v.version, v.content FROM memory_versions v JOIN memories m ON m.row = v.memory WHERE m.id = ?1
       ORDER BY version`,
      [id],
    ),
  );
  return rows.map(({ content }) => Tally.parse(JSON.parse(String(content))));
}
