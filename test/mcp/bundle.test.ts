import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bundledServer, call, remember, serverFromSource, titles, Workplace } from './workplace.ts';

describe('The bundled MCP server', () => {
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });

  afterEach(() => place.close());

  it('works as one file with nothing beside it', async () => {
    const alone = path.join(place.root, 'alone');
    mkdirSync(alone);
    const script = path.join(alone, 'mcp-server.js');
    copyFileSync(bundledServer(), script);
    const client = await place.connect([], { script });
    await remember(client, 'alone in the cold');
    assert.match(
      (await call(client, 'memory_search', { query: 'cold' })).content[0].text,
      /alone in the cold/,
    );
    assert.deepEqual(readdirSync(alone), ['mcp-server.js']);
  });

  it('answers the same when it starts from the code that it kept', async () => {
    const first = await place.connect();
    await remember(first, 'kept');
    await first.close();
    assert.deepEqual(readdirSync(path.join(place.home, 'cache')).length, 1);
    assert.deepEqual(await titles(await place.connect()), ['kept']);
  });

  it('answers where it can keep no code', async () => {
    mkdirSync(place.home);
    writeFileSync(path.join(place.home, 'cache'), 'in the way');
    const first = await place.connect();
    await remember(first, 'not kept');
    await first.close();
    assert.deepEqual(await titles(await place.connect()), ['not kept']);
  });

  it('can be run by its name', () => {
    assert.ok(statSync(bundledServer()).mode & 0o100);
  });

  for (const [how, script] of [
    ['bundled', bundledServer],
    ['from source', () => serverFromSource],
  ] as const) {
    it(`makes snapshots in a process of its own, ${how}`, async () => {
      const directory = path.join(place.root, 'context');
      const client = await place.connect(['--context', directory], { script: script() });
      // A long title: an epoch is closed after a megabyte of commits.
      const batch = Array.from({ length: 500 }, (_, at) => `memory ${at} `.padEnd(300, 'x'));
      for (let at = 0; at < 5; at++) await remember(client, ...batch);
      while (!hasSnapshot(directory)) await delay(20); // until the test runs out of time
      assert.equal((await titles(await place.connect(['--context', directory]))).length, 50);
    });
  }

  it('leaves a process behind that makes the snapshot which spares the next start what there is to replay', async () => {
    const directory = path.join(place.root, 'context');
    const client = await place.connect(['--context', directory]);
    await remember(client, ...Array.from({ length: 300 }, (_, at) => `memory ${at} `.padEnd(300, 'x')));
    assert.ok(!hasSnapshot(directory));
    await client.close();
    while (!hasSnapshot(directory)) await delay(20); // until the test runs out of time
    assert.equal((await titles(await place.connect(['--context', directory]))).length, 50);
  });
});

function hasSnapshot(directory: string): boolean {
  const epochs = path.join(directory, 'epochs');
  return readdirSync(epochs).some((epoch) => existsSync(path.join(epochs, epoch, 'snapshot.json')));
}
