import assert from 'node:assert/strict';
import * as z from 'zod';
import { temporaryContext } from '../core/store/openStore.ts';
import { openTools } from './openTools.ts';

const Created = z.object({ created: z.array(z.object({ id: z.string() })), commit: z.number() });
const Page = z.object({
  memories: z.array(z.object({ id: z.string(), title: z.string() })),
  total: z.number(),
  nextCursor: z.string().optional(),
});
const Found = z.object({
  results: z.array(z.object({ id: z.string(), title: z.string(), snippet: z.string() })),
  total: z.number(),
});
const Read = z.object({
  memories: z.array(z.looseObject({ id: z.string(), version: z.number(), content: z.string().optional() })),
  missing: z.array(z.string()),
  omitted: z.array(z.string()).optional(),
});

type Tools = ReturnType<typeof openTools>;

async function create(tools: Tools, ...titles: string[]): Promise<string[]> {
  const memories = titles.map((title) => ({ title, content: `content of ${title}` }));
  return Created.parse(await tools.answer('memory_create', { memories })).created.map(({ id }) => id);
}

describe('the memory tools', () => {
  it('create, list, search, read, update, delete and restore', async () => {
    const tools = openTools();
    const [first = '', second = ''] = await create(tools, 'Glaciers move', 'Rivers flow');
    const page = Page.parse(await tools.answer('memory_list', {}));
    assert.deepEqual(
      page.memories.map(({ title }) => title),
      ['Rivers flow', 'Glaciers move'],
    );
    assert.equal(page.total, 2);
    const found = Found.parse(await tools.answer('memory_search', { query: 'glacier' }));
    assert.deepEqual(
      found.results.map(({ id }) => id),
      [first],
    );
    const { memory } = z
      .object({ memory: z.looseObject({}) })
      .parse(await tools.answer('memory_update', { id: first, expectedVersion: 1, addTags: ['ice'] }));
    assert.equal(memory['version'], 2);
    assert.deepEqual(memory['tags'], ['ice']);
    assert.deepEqual(await tools.answer('memory_delete', { ids: [first, 'nobody'] }), {
      archived: [first],
      missing: ['nobody'],
    });
    assert.equal(Page.parse(await tools.answer('memory_list', { archived: 'only' })).total, 1);
    const read = Read.parse(
      await tools.answer('memory_read', { ids: [second, first, 'nobody'], include: ['content', 'history'] }),
    );
    assert.deepEqual(
      read.memories.map(({ id, archived }) => [id, archived]),
      [
        [second, false],
        [first, true],
      ],
    );
    assert.deepEqual(read.missing, ['nobody']);
    assert.deepEqual(await tools.answer('memory_restore', { ids: [first] }), {
      restored: [{ id: first, version: 4 }],
      missing: [],
    });
    assert.deepEqual(await tools.answer('memory_restore', { id: first, version: 1 }), {
      restored: [{ id: first, version: 5 }],
      missing: [],
    });
    assert.deepEqual(await tools.answer('memory_delete', { ids: [first], permanent: true }), {
      deleted: [first],
      missing: [],
    });
  });

  it('take null for an optional field as absent', async () => {
    const tools = openTools();
    await tools.answer('memory_create', {
      memories: [{ title: 'x', content: 'y', tags: null, tier: null }],
      context: null,
      maxTokens: null,
    });
    assert.equal(Page.parse(await tools.answer('memory_list', { tags: null, cursor: null })).total, 1);
  });

  it('page through what has all of the most and longest tags there may be', async () => {
    const tools = openTools();
    const tags = Array.from({ length: 50 }, (_, n) => String.fromCodePoint(0x1f300 + n).repeat(64));
    const memories = ['a', 'b'].map((title) => ({ title, content: title, tags }));
    await tools.answer('memory_create', { memories });
    const { nextCursor: cursor } = Page.parse(await tools.answer('memory_list', { tags, limit: 1 }));
    const rest = Page.parse(await tools.answer('memory_list', { tags, limit: 1, cursor }));
    assert.deepEqual([rest.memories.length, rest.nextCursor], [1, undefined]);
  });

  it('page through everything by the cursor, each once', async () => {
    const tools = openTools();
    const titles = Array.from({ length: 7 }, (_, at) => `memory ${at}`);
    await create(tools, ...titles);
    const seen: string[] = [];
    for (let cursor: string | null | undefined = null; cursor !== undefined;) {
      const page = Page.parse(
        await tools.answer('memory_list', { limit: 3, cursor, sort: 'created', order: 'asc' }),
      );
      seen.push(...page.memories.map(({ title }) => title));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, titles);
  });

  it('fit a list, a search and a reading into the budget and say what is left', async () => {
    const tools = openTools();
    const ids = await create(tools, ...Array.from({ length: 40 }, (_, at) => `glacier number ${at}`));
    const page = Page.parse(await tools.answer('memory_list', { maxTokens: 500 }));
    assert.ok(page.memories.length >= 2 && page.memories.length < 40);
    assert.ok(JSON.stringify(page).length <= 500 * 4);
    assert.equal(page.total, 40);
    assert.ok(page.nextCursor);
    const found = Found.parse(
      await tools.answer('memory_search', { query: 'glacier', limit: 40, maxTokens: 300 }),
    );
    assert.ok(JSON.stringify(found).length <= 300 * 4 && found.total === 40);
    const read = Read.parse(await tools.answer('memory_read', { ids, maxTokens: 300 }));
    assert.equal(read.memories.length + (read.omitted?.length ?? 0), 40);
    const one = Read.parse(await tools.answer('memory_read', { ids: ids.slice(0, 1), maxTokens: 1 }));
    assert.equal(one.memories[0]?.['contentCut'], true);
  });

  it('cut a long history and content to the budget, on an update too', async () => {
    const tools = openTools();
    const content = 'ice '.repeat(5000);
    const created = Created.parse(
      await tools.answer('memory_create', { memories: [{ title: 't', content }] }),
    );
    const [{ id } = { id: '' }] = created.created;
    for (let at = 0; at < 40; at += 1) await tools.answer('memory_update', { id, title: `title ${at}` });
    const read = await tools.answer('memory_read', { ids: [id], include: ['history'], maxTokens: 300 });
    assert.ok(JSON.stringify(read).length <= 300 * 4 + 100);
    const updated = await tools.answer('memory_update', { id, addTags: ['x'], maxTokens: 300 });
    assert.ok(JSON.stringify(updated).length <= 300 * 4 + 100);
  });

  it('list and search without loading content, and read only what is asked for', async () => {
    const tools = openTools();
    const ids = await create(tools, 'a title');
    const page = await tools.answer('memory_list', {});
    assert.ok(!JSON.stringify(page).includes('content of'));
    const read = Read.parse(await tools.answer('memory_read', { ids, include: ['relations'] }));
    assert.equal(read.memories[0]?.content, undefined);
    assert.deepEqual(read.memories[0]?.['relations'], []);
  });

  it('answer a version conflict with the current version', async () => {
    const tools = openTools();
    const [id] = await create(tools, 'contested');
    await tools.answer('memory_update', { id, title: 'two' });
    const refusal = await tools.refusal('memory_update', { id, expectedVersion: 1, title: 'three' });
    assert.equal(refusal.code, 'PF-3001');
    assert.equal(refusal.currentVersion, 2);
  });
});

describe('bad input to the memory tools', () => {
  const long = 'x'.repeat(301);
  const memory = (fields: object) => ({ memories: [{ title: 't', content: 'c', ...fields }] });
  const cases: [string, unknown, RegExp][] = [
    ['memory_create', { memories: [] }, /memories/],
    ['memory_create', {}, /memories/],
    ['memory_create', 'text', /memory_create/],
    ['memory_create', [], /memory_create/],
    ['memory_create', { memories: 'text' }, /memories/],
    [
      'memory_create',
      { memories: Array.from({ length: 501 }, () => ({ title: 't', content: '' })) },
      /memories/,
    ],
    ['memory_create', memory({ title: '' }), /title/],
    ['memory_create', memory({ title: '   ' }), /blank/],
    ['memory_create', memory({ title: long }), /300/],
    ['memory_create', memory({ title: 7 }), /memories\[0\]\.title/],
    ['memory_create', memory({ title: 'a\0b' }), /NUL/],
    ['memory_create', memory({ content: 'a\0b' }), /NUL/],
    ['memory_create', memory({ content: '\ud800' }), /surrogate/],
    ['memory_create', memory({ content: null }), /content/],
    ['memory_create', memory({ tags: ['x'.repeat(65)] }), /64/],
    ['memory_create', memory({ tags: [''] }), /tag/],
    ['memory_create', memory({ tags: [' '] }), /blank/],
    ['memory_create', memory({ anchors: [{ path: 'a.ts', startLine: 5, endLine: 2 }] }), /endLine/],
    ['memory_create', memory({ anchors: [{ path: '../../etc/passwd' }] }), /folder/],
    ['memory_create', memory({ anchors: [{ path: '/etc/passwd' }] }), /folder/],
    ['memory_read', { ids: ['x\ud800y'] }, /surrogate/],
    ['memory_create', memory({ tags: Array.from({ length: 51 }, (_, at) => `${at}`) }), /tags/],
    ['memory_create', memory({ tier: 'forever' }), /tier/],
    ['memory_create', memory({ colour: 'red' }), /unknown field "colour" in memories\[0\]/],
    ['memory_create', { ...memory({}), colour: 'red', shape: 'round' }, /unknown fields "colour", "shape"/],
    ['memory_read', { ids: [] }, /ids/],
    ['memory_read', { ids: Array.from({ length: 101 }, () => 'x') }, /ids/],
    ['memory_read', { ids: ['x'], include: ['everything'] }, /include/],
    ['memory_update', { id: 'x' }, /nothing to change/],
    ['memory_update', { id: 'x', expectedVersion: 0, title: 't' }, /expectedVersion/],
    ['memory_delete', { ids: 'x' }, /ids/],
    ['memory_restore', {}, /ids/],
    ['memory_restore', { ids: ['x'], id: 'x', version: 1 }, /ids/],
    ['memory_search', {}, /query/],
    ['memory_search', { query: '' }, /query/],
    ['memory_search', { query: 'x'.repeat(2001) }, /2000/],
    ['memory_search', { query: 'x', limit: 101 }, /limit/],
    ['memory_search', { query: 'x', limit: 0 }, /limit/],
    ['memory_search', { query: 'x', since: 'yesterday' }, /since/],
    ['memory_search', { query: 'x', mode: 'semantic' }, /semantic/],
    ['memory_search', { query: 'x', in: ['files'] }, /files/],
    ['memory_list', { limit: 501 }, /limit/],
    ['memory_list', { limit: 1.5 }, /limit/],
    ['memory_list', { cursor: 'nonsense' }, /cursor/],
    ['memory_list', { sort: 'size' }, /sort/],
    ['memory_list', { maxTokens: 0 }, /maxTokens/],
    ['memory_list', { context: 7 }, /context/],
  ];
  for (const [name, input, message] of cases) {
    it(`${name} refuses ${JSON.stringify(input).slice(0, 60)} and changes nothing`, async () => {
      const tools = openTools();
      await create(tools, 'there before');
      const refusal = await tools.refusal(name, input);
      assert.equal(refusal.code, 'PF-1001');
      assert.match(refusal.message, message);
      assert.ok(refusal.text.startsWith('PF-1001: '));
      assert.equal(refusal.retryable, false);
      assert.equal(Page.parse(await tools.answer('memory_list', { archived: 'include' })).total, 1);
    });
  }

  it('counts characters, not UTF-16 units', async () => {
    await openTools().answer('memory_create', memory({ title: '\u{1F9CA}'.repeat(300) }));
    const refusal = await openTools().refusal('memory_create', memory({ title: '\u{1F9CA}'.repeat(301) }));
    assert.equal(refusal.code, 'PF-1001');
  });

  it('names an id that does not exist', async () => {
    assert.equal((await openTools().refusal('memory_update', { id: 'nobody', title: 't' })).code, 'PF-2001');
  });
});

describe('contexts of the tools', () => {
  it('reach only the own context and those that were allowed, and those only to read', async () => {
    const other = temporaryContext({ id: 'other-id', name: 'Other' });
    const tools = openTools({ directory: temporaryContext({ id: 'own-id', name: 'Own' }), allowed: [other] });
    await create(tools, 'mine');
    for (const context of ['own-id', 'Own'])
      assert.equal(Page.parse(await tools.answer('memory_list', { context })).total, 1);
    for (const context of ['other-id', 'Other'])
      assert.equal(Page.parse(await tools.answer('memory_list', { context })).total, 0);
    const write = { context: 'Other', memories: [{ title: 't', content: 'c' }] };
    assert.equal((await tools.refusal('memory_create', write)).code, 'PF-8005');
    for (const context of ['', 'elsewhere', 'own']) {
      assert.equal((await tools.refusal('memory_list', { context })).code, 'PF-8003', context);
    }
  });

  it('do not guess between two of one name', async () => {
    const others = [temporaryContext({ id: 'a', name: 'Same' }), temporaryContext({ id: 'b', name: 'Same' })];
    const tools = openTools({ directory: temporaryContext({ id: 'own' }), allowed: others });
    assert.equal((await tools.refusal('memory_list', { context: 'Same' })).code, 'PF-3004');
  });

  it('are listed with counts, sizes and growth', async () => {
    const tools = openTools();
    const [id] = await create(tools, 'a', 'b');
    await tools.answer('memory_delete', { ids: [id] });
    const { contexts } = z
      .object({ contexts: z.array(z.looseObject({})) })
      .parse(await tools.answer('context_list', {}));
    assert.equal(contexts.length, 1);
    const { memories, archived, current, access, growth, bytes } = contexts[0] ?? {};
    assert.deepEqual(
      { memories, archived, current, access },
      { memories: 1, archived: 1, current: true, access: 'write' },
    );
    assert.deepEqual(growth, { last7Days: 2, last30Days: 2 });
    assert.ok(typeof bytes === 'number' && bytes > 1000);
  });
});

describe('a call that is cancelled before it begins', () => {
  it('changes nothing and says so', async () => {
    const tools = openTools();
    const input = { memories: [{ title: 't', content: 'c' }] };
    const answer = await tools.call('memory_create', input, AbortSignal.abort());
    assert.ok(answer.isError);
    assert.equal(answer.structuredContent.error.code, 'PF-6002');
    assert.equal(Page.parse(await tools.answer('memory_list', {})).total, 0);
  });
});
