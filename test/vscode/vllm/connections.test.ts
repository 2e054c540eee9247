import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../../editor/until.ts';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import { standinFor } from '../../core/windows/openWindows.ts';
import { extensionIn } from '../openEditor.ts';
import { configuration, person, Uri } from '../stub/vscode.ts';

const { VllmConnections } = await import('../../../src/vscode/vllm/connections.ts');

describe('the connections to the servers that are set', () => {
  const uri = Uri.parse('file:///fox');
  const scope = { uri: uri.toString(), name: 'fox', folder: undefined };
  const opened: { close(): unknown }[] = [];

  beforeEach(() => {
    configuration.clear();
    Object.assign(person, { told: [], answer: () => undefined });
  });

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  function connections() {
    const made = new VllmConnections(extensionIn(temporaryDirectory()), { info: () => undefined });
    opened.push(made);
    return made;
  }

  /** A server that keeps connections for as long as it is asked to, and how many there are. */
  async function lastingServer() {
    const server = createServer({ keepAliveTimeout: 300_000 }, (_, response) => {
      response.setHeader('content-type', 'application/json').end('{"version":"1"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ close: () => (server.closeAllConnections(), server.close()) });
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const count = () => new Promise<number>((resolve) => server.getConnections((_, found) => resolve(found)));
    return { url: `http://127.0.0.1:${address.port}`, count };
  }

  it('are closed when the key of their server is another one', async () => {
    const { url, count } = await lastingServer();
    configuration.set('permafrost.vllm.endpoint', url);
    const made = connections();
    await (await made.connect(scope)).clients[0]?.version();
    assert.equal(await count(), 1);
    await made.setKey(url, 'another');
    await until('it is closed', async () => (await count()) === 0 || undefined);
  });

  it('are used at once where that is allowed, whatever the person has not yet said of other servers', async () => {
    const [mine, theirs] = [await standinFor(), await standinFor()];
    configuration.set('permafrost.vllm.endpoint', mine.url);
    configuration.set('undefined permafrost.vllm.endpoints', [mine.url, theirs.url]);
    let answer: (button: string) => void = () => undefined;
    person.answer = () => new Promise((resolve) => (answer = resolve));
    const made = connections();
    const addresses = async () => (await made.connect(scope)).clients.map(({ endpoint }) => endpoint);
    assert.deepEqual(await Promise.race([addresses(), nextTurn('it waits')]), [mine.url]);
    assert.match(person.told.join(), new RegExp(`^The settings of this folder name .*${theirs.url}\\.`));
    assert.deepEqual(await addresses(), [mine.url]);
    assert.equal(person.told.length, 1);
    answer('Allow');
    await until('both are used', async () => (await addresses()).length === 2 || undefined);
  });
});
