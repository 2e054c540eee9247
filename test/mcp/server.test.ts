import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import {
  ToolListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { allTools } from '../../src/tools/index.ts';
import { call, remember, serverFromSource, titles, Workplace } from './workplace.ts';

describe('The MCP server', () => {
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });

  afterEach(() => place.close());

  it('lists every tool with its schemas and all hints', async () => {
    const client = await place.connect();
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      allTools.map(({ name }) => name),
    );
    for (const { name, description = '', inputSchema, outputSchema, annotations = {} } of tools) {
      assert.ok(description.length > 20, name);
      assert.equal(inputSchema['additionalProperties'], false, name);
      assert.ok(inputSchema.properties?.['context'], name);
      assert.ok(outputSchema?.properties?.['error'] && outputSchema.properties['warnings'], name);
      const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint', 'title'];
      assert.deepEqual(new Set(Object.keys(annotations)), new Set(hints), name);
    }
  });

  it('says how to use the memory, and who it is', async () => {
    const client = await place.connect();
    assert.match(client.getInstructions() ?? '', /memory_search.*memory_create.*window_thaw/s);
    const reader = await place.connect(['--read-only', '--tools', 'memory']);
    assert.match(reader.getInstructions() ?? '', /memory_search/);
    assert.doesNotMatch(reader.getInstructions() ?? '', /memory_create|window_thaw/);
    assert.equal(client.getServerVersion()?.name, 'permafrost');
  });

  it('keeps what one server wrote for the next, found by search and read to the byte', async () => {
    const content = 'Line one\r\n\ttab – “quotes” 🧊\n\n';
    const first = await place.connect();
    const { structuredContent } = await call(first, 'memory_create', {
      memories: [{ title: 'Releases are cut on Fridays', content, tags: ['release'] }],
    });
    await first.close();
    const second = await place.connect();
    await second.listTools();
    const found = await call(second, 'memory_search', { query: 'when is a release cut' });
    assert.match(found.content[0].text, /Releases are cut on Fridays/);
    const id = JSON.stringify(structuredContent).match(/[0-9A-Z]{26}/)?.[0];
    const read = await call(second, 'memory_read', { ids: [id] });
    assert.equal(JSON.parse(JSON.stringify(read.structuredContent)).memories[0].content, content);
  });

  it('loses nothing that was acknowledged when it is killed', async () => {
    const client = await place.connect();
    await remember(client, 'acknowledged before the kill');
    const { transport } = client;
    assert.ok(transport instanceof StdioClientTransport && transport.pid !== null);
    const closed = new Promise<void>((onclose) => Object.assign(client, { onclose }));
    process.kill(transport.pid, 'SIGKILL');
    await closed;
    assert.deepEqual(await titles(await place.connect()), ['acknowledged before the kill']);
  });

  it('shows each of two servers of a folder what the other wrote, at its next call', async () => {
    const [one, two] = await Promise.all([place.connect(), place.connect()]);
    await remember(one, 'from one');
    assert.deepEqual(await titles(two), ['from one']);
    await Promise.all([remember(one, 'a', 'b'), remember(two, 'c', 'd')]);
    assert.deepEqual((await titles(one)).toSorted(), ['a', 'b', 'c', 'd', 'from one']);
    assert.deepEqual(await titles(two), await titles(one));
  });

  it('tells its client when another process has written', async () => {
    const one = await place.connect();
    const told = new Promise<void>((resolve) => {
      one.setNotificationHandler(ResourceListChangedNotificationSchema, () => resolve());
    });
    await titles(one);
    await remember(await place.connect(), 'news');
    await told;
  });

  it('answers errors as results that begin with the code and fit the output schema', async () => {
    const client = await place.connect();
    await client.listTools(); // From now on the client checks answers against the schemas.
    for (const { name } of allTools) {
      const { isError, content, structuredContent } = await call(client, name, { noSuchField: 1 });
      assert.equal(isError, true, name);
      assert.match(content[0].text, /^PF-1001: .*unknown field "noSuchField"/, name);
      assert.match(
        JSON.stringify(structuredContent),
        /^\{"error":\{"code":"PF-1001","message":".*","retryable":false/,
      );
    }
    assert.match((await call(client, 'memory_burn')).content[0].text, /^PF-1002: .*"memory_burn"/);
  });

  for (const request of [
    { method: 'tools/call', params: { name: 'memory_list', arguments: 'all' } },
    { method: 'tools/call', params: {} },
    { method: 'tools/call' },
    { method: 'resources/read' },
    { method: 'resources/list', params: { cursor: 1 } },
    { method: 'completion/complete', params: { ref: 'all' } },
  ]) {
    it(`refuses ${JSON.stringify(request)} as wrong parameters`, async () => {
      const client = await place.connect();
      await assert.rejects(client.request(request, ToolListChangedNotificationSchema), { code: -32602 });
    });
  }

  it('offers only tools that change nothing with --read-only', async () => {
    await remember(await place.connect(), 'kept');
    const client = await place.connect(['--read-only']);
    const { tools } = await client.listTools();
    assert.ok(tools.length > 0 && tools.every(({ annotations }) => annotations?.readOnlyHint));
    assert.deepEqual(await titles(client), ['kept']);
    const refused = await call(client, 'memory_create', { memories: [{ title: 'a', content: 'b' }] });
    assert.match(refused.content[0].text, /^PF-1002/);
    assert.deepEqual(await titles(client), ['kept']);
  });

  it('offers only the areas that --tools names', async () => {
    const client = await place.connect(['--tools', 'memory, admin']);
    const offered = new Set((await client.listTools()).tools.map(({ name }) => name));
    const wanted = allTools.filter(({ area }) => area !== 'windows').map(({ name }) => name);
    assert.deepEqual(offered, new Set(wanted));
    assert.ok(!offered.has('cache_stats'), 'which docs/tools.md has among the windows');
    assert.match((await call(client, 'window_list')).content[0].text, /^PF-1002/);
  });

  it('reads another context only when it is allowed, and never writes to it', async () => {
    const other = path.join(place.root, 'other-project');
    mkdirSync(other);
    await remember(await place.connect(['--folder', other]), 'theirs');
    const stranger = await place.connect();
    const list = { context: 'other-project' };
    assert.match((await call(stranger, 'memory_list', list)).content[0].text, /^PF-8003/);
    const friend = await place.connect(['--allow-context', 'other-project']);
    assert.match((await call(friend, 'memory_list', list)).content[0].text, /theirs/);
    const memories = [{ title: 'mine', content: '' }];
    assert.match((await call(friend, 'memory_create', { ...list, memories })).content[0].text, /^PF-8005/);
    assert.deepEqual(await titles(friend), []);
  });

  it('gives each folder a context of its own, and a folder the same one by any name', async () => {
    const other = path.join(place.root, 'other');
    mkdirSync(other);
    await remember(await place.connect(), 'here');
    assert.deepEqual(await titles(await place.connect(['--folder', other])), []);
    assert.deepEqual(await titles(await place.connect(['--folder', path.join(other, '../folder/.')])), [
      'here',
    ]);
  });

  it('makes the context that --context or PERMAFROST_CONTEXT_DIR names, and does not register it', async () => {
    const directory = path.join(place.root, 'context');
    await remember(await place.connect(['--context', directory]), 'in a directory');
    const env = { PERMAFROST_CONTEXT_DIR: directory };
    assert.deepEqual(await titles(await place.connect([], { env })), ['in a directory']);
    assert.deepEqual(await titles(await place.connect(['--folder', place.folder], { env })), []);
  });

  it('runs from source too', async () => {
    const client = await place.connect([], { script: serverFromSource });
    await remember(client, 'from source');
    assert.deepEqual(await titles(client), ['from source']);
  });

  it('takes content of 12 MB', async () => {
    const server = place.start();
    const content = 'ü\u0001'.repeat(4 * 1024 * 1024);
    const params = { name: 'memory_create', arguments: { memories: [{ title: 'large', content }] } };
    server.send(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`);
    assert.match(JSON.stringify(await server.next()), /"created":\[\{"id":/);
    server.child.stdin.end();
    await once(server.child, 'close');
    const [listed] = (await (await place.connect()).listResources()).resources.filter(
      ({ title }) => title === 'large',
    );
    assert.ok(listed);
  });
});
