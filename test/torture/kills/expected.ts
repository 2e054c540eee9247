import * as z from 'zod';
import { sha256 } from '../../../src/core/log/frame.ts';
import { number, text } from '../../../src/core/store/row.ts';
import type { Row } from '../../../src/core/store/sqlView.ts';
import type { Store } from '../../../src/core/store/store.ts';
import type { Order } from '../processes/order.ts';

interface Known {
  readonly title: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly version: number;
  readonly archived: boolean;
}

/** What a context holds, by id: what each memory says and how many versions it has. */
export type Contents = ReadonlyMap<string, string>;

/** What a context holds after orders, worked out without a store. */
export class Expected {
  readonly #memories: ReadonlyMap<string, Known>;

  constructor(memories: ReadonlyMap<string, Known> = new Map()) {
    this.#memories = memories;
  }

  ids(archived: boolean): string[] {
    return [...this.#memories].filter(([, known]) => known.archived === archived).map(([id]) => id);
  }

  get contents(): Contents {
    return new Map([...this.#memories].map(([id, known]) => [id, asText(known)]));
  }

  after(...orders: readonly Order[]): Expected {
    const memories = new Map(this.#memories);
    for (const order of orders) carryOut(memories, order);
    return new Expected(memories);
  }
}

function carryOut(memories: Map<string, Known>, order: Order): void {
  const change = (id: string, to: Partial<Known>): void => {
    const known = memories.get(id);
    if (known !== undefined) memories.set(id, { ...known, ...to, version: known.version + 1 });
  };
  if (order.do === 'create') {
    for (const { id, ...said } of order.memories) memories.set(id, { ...said, version: 1, archived: false });
  }
  if (order.do === 'update') change(order.id, { content: order.content });
  if (order.do === 'archive') order.ids.forEach((id) => change(id, { archived: true }));
  if (order.do === 'delete') order.ids.forEach((id) => memories.delete(id));
}

const Tags = z.array(z.string());

/** What `store` holds, each version's content read. @throws when rows that belong together are not all there. */
export function contentsOf(store: Store): Contents {
  const rows = store.read((view) =>
    view.all(`SELECT m.*, (SELECT count(*) FROM memory_versions v WHERE v.memory = m.row) AS kept,
      (SELECT json_group_array(tag) FROM (SELECT tag FROM memory_tags t WHERE t.memory = m.row ORDER BY tag)) AS tagged
      FROM memories m`),
  );
  const content = (row: Row): string =>
    row['blob'] === null ? text(row, 'content') : Buffer.from(store.blobs.get(text(row, 'blob'))).toString();
  const earlier = store.read((view) => view.all('SELECT blob, content FROM memory_versions'));
  earlier.forEach(content);
  return new Map(
    rows.map((row) => {
      const known = {
        title: text(row, 'title'),
        content: content(row),
        tags: Tags.parse(JSON.parse(text(row, 'tagged'))),
        version: number(row, 'kept') + 1,
        archived: row['archived_at'] !== null,
      };
      return [text(row, 'id'), asText(known)];
    }),
  );
}

function asText({ title, content, tags, version, archived }: Known): string {
  return JSON.stringify([title, sha256(Buffer.from(content)), tags.toSorted(), version, archived]);
}

/** What is different, in a few words; undefined when nothing is. */
export function difference(found: Contents, expected: Contents): string | undefined {
  const lost = [...expected.keys()].filter((id) => !found.has(id));
  const extra = [...found.keys()].filter((id) => !expected.has(id));
  const other = [...found].filter(([id, known]) => expected.has(id) && expected.get(id) !== known);
  if (lost.length + extra.length + other.length === 0) return undefined;
  return `lost ${lost.join()}; unexpected ${extra.join()}; other ${other.map(([id]) => id).join()}`;
}
