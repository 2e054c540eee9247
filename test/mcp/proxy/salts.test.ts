import assert from 'node:assert/strict';
import { asks, CHAT, Proxies, send, until } from './proxies.ts';
import type { ScriptedServer } from './scriptedServer.ts';

describe('The pass-through gives a salt of its own', function () {
  this.timeout(30_000);
  let proxies: Proxies;
  const SALT = /"cache_salt":"([\w-]{43})"/;
  let server: ScriptedServer;
  let url: string;

  beforeEach(async () => {
    proxies = new Proxies();
    server = await proxies.scripted();
    server.steps = [{ delta: { content: 'Hello.' }, ids: [1], finish: 'stop' }];
    ({ url } = await proxies.proxyTo(server.url));
  });

  afterEach(() => proxies.close());

  /** The salt of a chat that goes on so far. */
  async function saltOf(messages: readonly object[], more: object = {}): Promise<string> {
    await send(url, CHAT, { body: JSON.stringify({ messages, ...more }) });
    return SALT.exec(server.received.at(-1)?.body ?? '')?.[1] ?? assert.fail();
  }

  const hi = [asks('Hi.')];
  const goesOn = [...hi, { role: 'assistant', content: 'Hello.' }, asks('And?')];

  for (const field of ['user', 'safety_identifier', 'prompt_cache_key']) {
    it(`to each ${field}, whatever others say`, async () => {
      const salts = [];
      for (const messages of [hi, goesOn])
        for (const name of ['A', 'B']) salts.push(await saltOf(messages, { [field]: name }));
      const [a, b, ...later] = salts;
      assert.notEqual(a, b);
      assert.deepEqual(later, [a, b]);
    });
  }

  it('to who asks what was asked and broken off before, by somebody unknown', async () => {
    const client = await proxies.place.connect(proxies.context);
    const first = await saltOf(hi, { n: 2 });
    assert.notEqual(await saltOf(hi, { n: 2 }), first);
    await until(async () => (await proxies.sessions(client)).length === 2);
    assert.notEqual(await saltOf(hi, { n: 2 }), first);
    const known = await saltOf(hi, { n: 2, user: 'A' });
    assert.equal(await saltOf(hi, { n: 2, user: 'A' }), known);
  });

  for (const path of ['/v1/completions', '/v1/responses?v=1'])
    it(`to each client of ${path}, unless it has one, and keeps no session of it`, async () => {
      const client = await proxies.place.connect(proxies.context);
      const ask = async (more: object) => {
        await send(url, path, { body: JSON.stringify({ prompt: 'Once', temperature: 1.0, ...more }) });
        return server.received.at(-1)?.body ?? '';
      };
      const [a, b, nobody] = [await ask({ user: 'A' }), await ask({ user: 'B' }), await ask({})];
      const salts = [a, b, nobody].map((body) => SALT.exec(body)?.[1] ?? assert.fail());
      assert.equal(new Set(salts).size, 3);
      assert.equal(await ask({ user: 'A' }), a);
      assert.equal(await ask({ cache_salt: 'own' }), '{"prompt":"Once","temperature":1,"cache_salt":"own"}');
      assert.equal(a.replace(SALT, ''), '{"prompt":"Once","temperature":1,"user":"A",}');
      assert.deepEqual(await proxies.sessions(client), []);
    });
});
