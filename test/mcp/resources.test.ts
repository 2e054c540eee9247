import assert from 'node:assert/strict';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { call, remember, Workplace } from './workplace.ts';

describe('The resources of the MCP server', () => {
  let place: Workplace;
  let client: Client;

  beforeEach(async () => {
    place = new Workplace();
    client = await place.connect();
  });

  afterEach(() => place.close());

  async function read(uri: string): Promise<string> {
    const [content] = (await client.readResource({ uri })).contents;
    return content !== undefined && 'text' in content ? content.text : assert.fail(`no text in ${uri}`);
  }

  it('are every memory, page by page, newest first, after the overviews', async () => {
    const ids = await remember(client, ...Array.from({ length: 250 }, (_, at) => `memory ${at}`));
    const uris: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listResources(cursor === undefined ? {} : { cursor });
      uris.push(...page.resources.map(({ uri }) => uri));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(uris, [
      'permafrost://stats',
      'permafrost://tags',
      ...ids.toReversed().map((id) => `permafrost://memories/${id}`),
    ]);
    await assert.rejects(client.listResources({ cursor: 'another list' }), { code: -32602 });
  });

  it('give the content of a memory as it was written, also when it is archived', async () => {
    const [id = ''] = await remember(client, 'coffee');
    assert.equal(await read(`permafrost://memories/${id}`), 'About coffee.');
    await call(client, 'memory_delete', { ids: [id] });
    assert.equal(await read(`permafrost://memories/${id}`), 'About coffee.');
    const listed = await client.listResources();
    assert.equal(listed.resources.length, 2);
  });

  it('give a frozen window with its messages, and without what is for servers alone', async () => {
    const messages = [{ role: 'user', content: 'Keep this.' }];
    const { structuredContent } = await call(client, 'window_freeze', { messages, name: 'kept' });
    const [window] = (await client.listResources({ cursor: '1:' })).resources;
    assert.equal(window?.title, 'kept');
    const kept = JSON.parse(await read(window.uri));
    assert.deepEqual(kept.messages, messages);
    assert.equal(`permafrost://windows/${kept.id}`, window.uri);
    assert.ok(JSON.stringify(structuredContent).includes(kept.id));
    assert.deepEqual(kept.salt ?? kept.tokenIds ?? kept.blockHashes, undefined);
  });

  it('count what there is', async () => {
    await call(client, 'memory_create', {
      memories: [
        { title: 'a', content: '', tags: ['ice', 'snow'] },
        { title: 'b', content: '', tags: ['ice'] },
      ],
    });
    const stats = JSON.parse(await read('permafrost://stats'));
    assert.deepEqual(stats.memories, { current: 2, archived: 0 });
    assert.deepEqual(stats.windows, { current: 0, archived: 0 });
    assert.equal(stats.context.name, 'folder');
    assert.deepEqual(JSON.parse(await read('permafrost://tags')), {
      tags: [
        { tag: 'ice', count: 2 },
        { tag: 'snow', count: 1 },
      ],
    });
  });

  it('have templates whose ids are completed by how they begin and by title', async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ['permafrost://memories/{id}', 'permafrost://windows/{id}'],
    );
    const [tea = '', coffee = ''] = await remember(client, 'Green tea', 'Coffee');
    const complete = async (value: string) => {
      const ref = { type: 'ref/resource' as const, uri: 'permafrost://memories/{id}' };
      return (await client.complete({ ref, argument: { name: 'id', value } })).completion;
    };
    assert.deepEqual(await complete(''), { values: [coffee, tea], total: 2, hasMore: false });
    assert.deepEqual((await complete('green')).values, [tea]);
    assert.deepEqual((await complete(coffee.slice(0, 26))).values, [coffee]);
    assert.deepEqual((await complete('%')).values, []);
  });

  it('are refused by MCP’s own code when they are not there', async () => {
    const unknown = [
      'permafrost://memories/none',
      'permafrost://windows/none',
      'permafrost://other',
      'file:///etc/passwd',
      'permafrost://memories/%',
    ];
    for (const uri of unknown) await assert.rejects(client.readResource({ uri }), { code: -32002 }, uri);
  });
});
