import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as z from 'zod';
import type { PermafrostError } from '../../../src/core/errors.ts';
import type { MemoryListQuery } from '../../../src/core/memory/listMemories.ts';
import type { Memories } from '../../../src/core/memory/memories.ts';
import { openMemories } from './openMemories.ts';

function listAll(memories: Memories, query: Omit<MemoryListQuery, 'cursor'>): string[] {
  const titles: string[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = memories.list({ ...query, cursor });
    titles.push(...page.memories.map(({ title }) => title));
    cursor = page.nextCursor;
    more = cursor !== undefined;
  }
  return titles;
}

describe('listing memories', () => {
  it('answers an empty context with nothing', () => {
    const { memories } = openMemories();
    assert.deepEqual(memories.list({ limit: 50 }), { memories: [], total: 0 });
  });

  it('gives the last changed first, whatever the clock says', () => {
    const { memories, clock } = openMemories();
    const { created } = memories.create([
      { title: 'one', content: '' },
      { title: 'two', content: '' },
    ]);
    clock.now -= 1_000_000;
    memories.update(created[0]?.id ?? '', { content: 'changed before it was created' });
    memories.create([{ title: 'three', content: '' }]);
    assert.deepEqual(listAll(memories, { limit: 50 }), ['three', 'one', 'two']);
    assert.deepEqual(listAll(memories, { limit: 50, order: 'asc' }), ['two', 'one', 'three']);
    assert.deepEqual(listAll(memories, { limit: 50, sort: 'created' }), ['three', 'two', 'one']);
  });

  it('sorts titles without regard to case', () => {
    const { memories } = openMemories();
    memories.create(['b', 'A', 'a', 'C'].map((title) => ({ title, content: '' })));
    assert.deepEqual(listAll(memories, { limit: 1, sort: 'title' }), ['A', 'a', 'b', 'C']);
    assert.deepEqual(listAll(memories, { limit: 1, sort: 'title', order: 'desc' }), ['C', 'b', 'a', 'A']);
  });

  it('filters by all tags or any, by tier, and by archived', () => {
    const { memories } = openMemories();
    const { created } = memories.create([
      { title: 'x', content: '', tags: ['x'] },
      { title: 'xy', content: '', tags: ['x', 'y'], tier: 'short_term' },
      { title: 'y', content: '', tags: ['y'] },
    ]);
    memories.archive([created[2]?.id ?? '']);
    const titles = (query: Partial<MemoryListQuery>) =>
      listAll(memories, { limit: 50, sort: 'title', ...query });
    assert.deepEqual(titles({ tags: ['x', 'y'] }), ['xy']);
    assert.deepEqual(titles({ tags: ['x', 'y'], tagsMode: 'any' }), ['x', 'xy']);
    assert.deepEqual(titles({ tier: 'short_term' }), ['xy']);
    assert.deepEqual(titles({ archived: 'only' }), ['y']);
    assert.deepEqual(titles({ archived: 'include', tags: ['y'] }), ['xy', 'y']);
    assert.deepEqual(memories.tags(), [
      { tag: 'x', count: 2 },
      { tag: 'y', count: 1 },
    ]);
  });

  it('never skips or repeats a memory that did not change while paging', () => {
    const sorts = fc.constantFrom('updated' as const, 'created' as const, 'title' as const);
    const orders = fc.constantFrom('asc' as const, 'desc' as const);
    fc.assert(
      fc.property(
        sorts,
        orders,
        fc.array(fc.constantFrom('create', 'archive', 'update'), { maxLength: 6 }),
        (sort, order, between) => {
          const { memories } = openMemories();
          const { created } = memories.create(
            Array.from({ length: 12 }, (_, at) => ({ title: `same ${at % 3}`, content: '' })),
          );
          const touched = new Set<string>();
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
            const answer = memories.list({ sort, order, limit: 3, cursor });
            seen.push(...answer.memories.map(({ id }) => id));
            cursor = answer.nextCursor;
            const victim = created[page]?.id ?? '';
            if (between[page] === 'create') memories.create([{ title: 'same 1', content: '' }]);
            if (between[page] === 'archive') memories.archive([victim]);
            if (between[page] === 'update') memories.update(victim, { content: `changed ${page}` });
            if (between[page] !== undefined) touched.add(victim);
          }
          for (const { id } of created.filter((each) => !touched.has(each.id))) {
            assert.equal(seen.filter((each) => each === id).length, 1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is the same list, with the same cursors, in whatever words it is asked for', () => {
    const { memories } = openMemories();
    memories.create(['one', 'two', 'three'].map((title) => ({ title, content: '', tags: ['a', 'b'] })));
    const first = memories.list({
      limit: 2,
      tags: ['b', 'a', 'b'],
      archived: 'exclude',
      sort: 'updated',
      order: 'desc',
    });
    const { hits } = memories.cacheCounts.lists;
    assert.deepEqual(memories.list({ limit: 2, tags: ['a', 'b'], tagsMode: 'all', untagged: false }), first);
    assert.equal(memories.cacheCounts.lists.hits, hits + 1);
    const rest = memories.list({ limit: 2, tags: ['a', 'b'], cursor: first.nextCursor });
    assert.deepEqual(
      rest.memories.map(({ title }) => title),
      ['one'],
    );
  });

  it('refuses a cursor of another list', () => {
    const { memories } = openMemories();
    memories.create(['a', 'b'].map((title) => ({ title, content: '' })));
    const { nextCursor } = memories.list({ limit: 1 });
    const [scope] = z
      .tuple([z.string()], z.unknown())
      .parse(JSON.parse(Buffer.from(nextCursor ?? '', 'base64url').toString()));
    const forged = [[scope], [scope, '10'], [scope, 10, 28, 1], [scope, 'x', 'y']].map((keys) =>
      Buffer.from(JSON.stringify(keys)).toString('base64url'),
    );
    for (const cursor of [...forged, `${nextCursor}!!`]) {
      assert.throws(
        () => memories.list({ limit: 1, cursor }),
        (error: PermafrostError) => error.code === 'PF-1001',
      );
    }
    for (const cursor of ['', 'nonsense', nextCursor]) {
      assert.throws(
        () => memories.list({ limit: 1, sort: 'title', cursor }),
        (error: PermafrostError) => error.code === 'PF-1001',
      );
    }
  });
});
