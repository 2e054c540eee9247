import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PermafrostError } from '../../../src/core/errors.ts';
import { INLINE_CONTENT_BYTES } from '../../../src/core/limits.ts';
import {
  countTags,
  listMemories,
  normalListQuery,
  type MemoryListQuery,
  type MemoryPage,
} from '../../../src/core/memory/listMemories.ts';
import type { MemoryChange } from '../../../src/core/memory/draft.ts';
import { findRow, memoryOf } from '../../../src/core/memory/rows.ts';
import { MemorySearch } from '../../../src/core/memory/searchMemories.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { checkpoint } from '../store/checkpoints.ts';
import { openStore, temporaryContext } from '../store/openStore.ts';
import { openMemories } from './openMemories.ts';

type Process = ReturnType<typeof openMemories>;

const word = fc.constantFrom('ice', 'snow', 'thaw');
const tags = fc.subarray(['a', 'b', 'c']);
const tier = fc.constantFrom('short_term' as const, 'long_term' as const);
/** Half of them too large for a row. */
const content = fc.oneof(
  word,
  word.map((first) => `${first} ${'x'.repeat(INLINE_CONTENT_BYTES)}`),
);
/** Which of the newest: few, so that the same ones are read, changed and asked for again. */
const which = fc.nat(3);
const archived = fc.constantFrom('exclude' as const, 'include' as const, 'only' as const);
const filter = fc.record({ tags, tagsMode: fc.constantFrom('all' as const, 'any' as const), archived });
const sort = fc.constantFrom('updated' as const, 'created' as const, 'title' as const);

const anyChange = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), title: word, content, tags, tier }),
  fc.record({ kind: fc.constant('update' as const), which, title: word, content, tags }),
  fc.record({ kind: fc.constant('retag' as const), which, tags }),
  fc.record({ kind: fc.constant('archive' as const), which }),
  fc.record({ kind: fc.constant('restore' as const), which }),
  fc.record({
    kind: fc.constant('restore version' as const),
    which,
    version: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), which }),
  fc.record({ kind: fc.constant('roll back' as const), which, filter, sort }),
  fc.record({ kind: fc.constant('checkpoint' as const) }),
  fc.record({ kind: fc.constant('be away' as const), which, title: word, content, tags }),
);
const anyQuestion = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), which: fc.array(which, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('list' as const), filter, sort, limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('tags' as const) }),
  fc.record({ kind: fc.constant('search' as const), query: word, filter, prefix: fc.boolean() }),
);
type Change = typeof anyChange extends fc.Arbitrary<infer T> ? T : never;
type Question = typeof anyQuestion extends fc.Arbitrary<infer T> ? T : never;

const step = fc.record({ who: fc.nat(1), what: fc.oneof(anyChange, anyQuestion, anyQuestion) });

describe('what is kept in front of the view', () => {
  it('is never stale: every answer is that of a store without caches, whatever two processes do', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 50, size: 'max' }), (steps) => {
        const world = new World();
        for (const { who, what } of steps) world.take(who, what);
      }),
      { numRuns: 30 },
    );
  });
});

class World {
  readonly #directory = temporaryContext();
  readonly #processes = [openMemories(this.#directory), openMemories(this.#directory)];
  readonly #uncached = openStore(this.#directory);
  readonly #ids = this.#processes.flatMap(({ memories }) =>
    memories.create([{ title: 'ice', content: 'first' }]).created.map(({ id }) => id),
  );

  take(who: number, what: Change | Question): void {
    const process = this.#processes[who];
    assert.ok(process);
    switch (what.kind) {
      case 'read':
      case 'list':
      case 'tags':
      case 'search':
        assert.deepEqual(ask(process, this.#named(what)), this.#expected(this.#named(what)));
        return;
      default:
        this.#change(process, what);
    }
  }

  #change(process: Process, what: Change): void {
    const { store, memories } = process;
    const id = 'which' in what ? this.#id(what.which) : '';
    if (what.kind === 'create') this.#ids.push(...memories.create([what]).created.map((each) => each.id));
    if (what.kind === 'update') ifPossible(() => memories.update(id, what));
    if (what.kind === 'retag') ifPossible(() => memories.updateAll([id], { tags: what.tags }));
    if (what.kind === 'archive') memories.archive([id]);
    if (what.kind === 'restore') memories.restore([id]);
    if (what.kind === 'restore version') ifPossible(() => memories.restoreVersion(id, what.version));
    if (what.kind === 'delete') memories.deleteForGood([id]);
    if (what.kind === 'roll back') rollBack(process, id, what);
    if (what.kind === 'checkpoint') checkpoint(this.#directory);
    if (what.kind === 'be away') this.#changeBehind(store, id, what);
  }

  /** Another process changes a memory, and all of it is in the snapshot that `store` begins from when it comes back. */
  #changeBehind(store: Store, id: string, change: MemoryChange): void {
    store.release();
    for (const { memories } of this.#processes.filter((other) => other.store !== store)) {
      ifPossible(() => memories.update(id, change));
    }
    checkpoint(this.#directory);
  }

  #named(question: Question): Asked {
    return question.kind === 'read'
      ? { kind: 'read', ids: question.which.map((at) => this.#id(at)) }
      : question;
  }

  /** What the rows say, decoded anew, and searched with an index that was built anew. */
  #expected(asked: Asked): unknown {
    const store = this.#uncached;
    return store.read((view) => {
      if (asked.kind === 'list')
        return twoPages(asked, (query) => listMemories(view, normalListQuery(query)));
      if (asked.kind === 'tags') return countTags(view);
      if (asked.kind === 'search') return new MemorySearch(store).search(searchOf(asked));
      const rows = asked.ids.map((id) => findRow(view, id));
      return {
        memories: rows.flatMap((row) => (row === undefined ? [] : [memoryOf(store.blobs, row)])),
        missing: asked.ids.filter((_, at) => rows[at] === undefined),
      };
    });
  }

  #id(back: number): string {
    return this.#ids.at(-1 - back) ?? 'nobody';
  }
}

type ListAsked = Extract<Question, { kind: 'list' }>;
type Asked = Exclude<Question, { kind: 'read' }> | { readonly kind: 'read'; readonly ids: readonly string[] };

function ask({ memories, search }: Process, asked: Asked): unknown {
  if (asked.kind === 'list') return twoPages(asked, (query) => memories.list(query));
  if (asked.kind === 'tags') return memories.tags();
  if (asked.kind === 'search') return search.search(searchOf(asked));
  assert.deepEqual(
    memories.summaries(asked.ids).memories,
    memories.read(asked.ids).memories.map(({ content: _, ...summary }) => summary),
  );
  return memories.read(asked.ids);
}

function twoPages({ filter: of, sort: by, limit }: ListAsked, list: (query: MemoryListQuery) => MemoryPage) {
  const query = { ...of, sort: by, limit };
  const first = list(query);
  return first.nextCursor === undefined ? [first] : [first, list({ ...query, cursor: first.nextCursor })];
}

function searchOf({ filter: of, query, prefix }: Extract<Question, { kind: 'search' }>) {
  return { query, prefix, ...of, limit: 3 };
}

/** Changes a memory, looks at it and at a list as they are in the transaction, and takes all of it back. */
function rollBack(
  { store, memories }: Process,
  id: string,
  { filter: of, sort: by }: Omit<ListAsked, 'kind' | 'limit'>,
) {
  const query = { ...of, sort: by, limit: 2 };
  const before = [memories.list(query), memories.read([id])];
  const rolledBack = () =>
    store.write((tx) => {
      tx.run(`UPDATE memories SET title = 'never', tags = '["never"]' WHERE id = ?`, [id]);
      assert.deepEqual(memories.list(query), listMemories(tx, normalListQuery(query)));
      assert.deepEqual(
        memories.read([id]).memories.map(({ title }) => title),
        findRow(tx, id) === undefined ? [] : ['never'],
      );
      throw new Error('changed my mind');
    });
  assert.throws(rolledBack, /changed my mind/);
  assert.deepEqual([memories.list(query), memories.read([id])], before);
}

function ifPossible(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof PermafrostError)) throw thrown;
  }
}
