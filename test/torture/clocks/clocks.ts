import { isDeepStrictEqual } from 'node:util';
import { idFactory } from '../../../src/core/ids.ts';
import { listMemories, normalListQuery } from '../../../src/core/memory/listMemories.ts';
import { Memories } from '../../../src/core/memory/memories.ts';
import { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import { makeSnapshots } from '../../../src/core/store/snapshots.ts';
import { Store } from '../../../src/core/store/store.ts';
import { checkpoint } from '../../core/store/checkpoints.ts';
import { engine } from '../../core/store/engine.ts';
import type { Harness, Outcome, Setting } from '../harness.ts';
import { newContext } from '../processes/context.ts';
import { sumUp } from '../processes/sumUp.ts';
import { Random } from '../random.ts';

const WRITES = { short: 300, long: 5_000 } as const;
const START = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;

export const clocks: Harness = {
  name: 'clocks',
  promise:
    'The order of things is the order of their commits, whatever the clocks of those who wrote them said.',
  run: (setting) => Promise.resolve(writeByWrongClocks(setting)),
};

function writeByWrongClocks({ seed, scale, directory: parent }: Setting): Outcome {
  const random = new Random(seed);
  const directory = newContext(parent, 'clocks');
  const machines = [0, -3 * DAY_MS].map((apart) => new Machine(directory, random, apart));
  const changed: string[] = [];
  for (let at = 0; at < WRITES[scale]; at++) {
    if (random.chance(0.01)) checkpoint(directory);
    changed.push(random.pick(machines).change(changed));
  }
  const failures = machines.flatMap((machine) => machine.misordered(changed));
  if (new Set(machines.map((machine) => machine.sum)).size > 1) failures.push('the views differ');
  machines.forEach((machine) => machine.close());
  return { tried: `${changed.length} writes by two clocks`, failures };
}

/** A process on a machine whose clock is wrong and jumps back and forth. */
class Machine {
  readonly #random: Random;
  readonly #store: Store;
  readonly #memories: Memories;
  readonly #search: MemorySearch;

  /** @param apart milliseconds that it is apart from the other one */
  constructor(directory: string, random: Random, apart: number) {
    const now = (): number => Math.trunc(START + apart + (random.fraction() - 0.5) * DAY_MS);
    const requestSnapshot = (of: string): unknown => makeSnapshots(of, engine);
    this.#random = random;
    this.#store = Store.open(directory, { engine, now, requestSnapshot });
    this.#memories = new Memories(this.#store, { now, newId: idFactory(now) });
    this.#search = new MemorySearch(this.#store);
  }

  get sum(): string {
    return sumUp(this.#store, this.#search);
  }

  /** Creates a memory, or changes one of `ids`. @returns its id. */
  change(ids: readonly string[]): string {
    if (ids.length === 0 || this.#random.chance(0.4)) {
      const { created } = this.#memories.create([{ title: 'ice core', content: `${ids.length}` }]);
      return created[0]?.id ?? '';
    }
    return this.#memories.update(this.#random.pick(ids), { content: `${ids.length}` }).id;
  }

  /** @param changed the id of what was changed, for each commit */
  misordered(changed: readonly string[]): string[] {
    const updated = [...new Set(changed.toReversed())];
    const created = [...new Set(changed)];
    return [
      ...(isDeepStrictEqual(this.#listed('updated', 'desc'), updated) ? [] : ['by update, in another order']),
      ...(isDeepStrictEqual(this.#listed('created', 'asc'), created)
        ? []
        : ['by creation, in another order']),
      ...created.filter((id) => !this.#isHistoryInOrder(id, changed)).map((id) => `the history of ${id}`),
    ];
  }

  close(): void {
    this.#store.close();
  }

  #listed(sort: 'updated' | 'created', order: 'asc' | 'desc'): string[] {
    const { memories } = this.#store.read((view) =>
      listMemories(view, normalListQuery({ sort, order, limit: 1_000_000 })),
    );
    return memories.map(({ id }) => id);
  }

  /** Each version says which change of all it was. */
  #isHistoryInOrder(id: string, changed: readonly string[]): boolean {
    const rows = this.#store.read((view) =>
      view.all(
        `SELECT v.version, v.content FROM memory_versions v JOIN memories m ON m.row = v.memory WHERE m.id = ?1
         UNION ALL SELECT version, content FROM memories WHERE id = ?1 ORDER BY version`,
        [id],
      ),
    );
    const changes = changed.flatMap((each, at) => (each === id ? [String(at)] : []));
    return isDeepStrictEqual(
      rows.map(({ content }) => content),
      changes,
    );
  }
}
