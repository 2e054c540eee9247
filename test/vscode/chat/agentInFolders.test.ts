import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { OpenContext } from '../../../src/tools/environment.ts';
import { startScripted, type ScriptedServer } from '../../mcp/proxy/scriptedServer.ts';
import { GENERATIONS } from '../../mcp/proxy/vllmAnswers.ts';
import { openEditor } from '../openEditor.ts';
import {
  configuration,
  LanguageModelChatMessageRole as Role,
  LanguageModelChatToolMode,
  LanguageModelTextPart,
  neverCancelled,
  person,
  registered,
} from '../stub/vscode.ts';

const text = (role: number, value: string) => ({ role, content: [new LanguageModelTextPart(value)] });
const asks = (value: string) => text(Role.User, value);

/** What an agent says to a model of the picker, with all that was said before. Gives that for its next request. */
async function ask(question: string, before: readonly unknown[] = []): Promise<readonly unknown[]> {
  const { models } = registered;
  assert.ok(models);
  const messages = [...before, asks(question)];
  const said: string[] = [];
  const report = (part: unknown) => said.push(part instanceof LanguageModelTextPart ? part.value : '');
  const options = { tools: [], toolMode: LanguageModelChatToolMode.Auto };
  await models.provideLanguageModelChatResponse(
    { id: 'tiny' },
    messages,
    options,
    { report },
    neverCancelled,
  );
  return [...messages, text(Role.Assistant, said.join(''))];
}

const kept = ({ context }: { readonly context: OpenContext }) =>
  context.windows.sessions.list({ limit: 9 }).sessions.map(({ messageCount }) => messageCount);

/** The salts of what a server was asked. */
const salts = ({ received }: ScriptedServer) =>
  received.flatMap(({ body }) => /"cache_salt":"([\w-]+)"/.exec(body)?.[1] ?? []);

describe('A conversation of an agent in a window of two folders', () => {
  const servers: ScriptedServer[] = [];

  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function serve(): Promise<ScriptedServer> {
    const server = await startScripted(GENERATIONS['text']);
    servers.push(server);
    return server;
  }

  it('stays in the folder that it began in, under its salt, while the agent turns to files of the other', async () => {
    const server = await serve();
    const { ant, bee, edit } = await openEditor();
    configuration.set('permafrost.vllm.endpoint', server.url);
    const said = await ask('What is spring?');
    edit('bee');
    await ask('And then?', said);
    assert.deepEqual([kept(ant), kept(bee)], [[4], []]);
    const [own, ...others] = salts(server);
    assert.deepEqual(others, [own]);
    await ask('What is autumn?');
    assert.deepEqual([kept(ant), kept(bee)], [[4], [2]]);
    assert.notEqual(salts(server).at(-1), own);
  });

  it('is kept in the folder that was active when it was asked, whichever is before it is answered', async () => {
    const server = await serve();
    const { ant, bee, edit } = await openEditor();
    configuration.set(`${ant.uri.toString()} permafrost.vllm.endpoint`, server.url);
    person.answer = () => {
      edit('bee');
      return 'Allow';
    };
    await ask('What is spring?');
    assert.deepEqual([kept(ant), kept(bee)], [[2], []]);
  });

  it('goes on with the server of its own folder, which has it cached', async () => {
    const [ofAnt, ofBee] = [await serve(), await serve()];
    const { ant, bee, edit } = await openEditor();
    configuration.set(`${ant.uri.toString()} permafrost.vllm.endpoint`, ofAnt.url);
    configuration.set(`${bee.uri.toString()} permafrost.vllm.endpoint`, ofBee.url);
    person.answer = () => 'Allow';
    const said = await ask('What is spring?');
    edit('bee');
    await ask('And then?', said);
    assert.deepEqual([salts(ofAnt).length, salts(ofBee).length], [2, 0]);
  });

  it('is answered though the other folder is gone', async () => {
    const server = await serve();
    const { ant, bee } = await openEditor();
    configuration.set('permafrost.vllm.endpoint', server.url);
    rmSync(bee.uri.fsPath, { recursive: true });
    await ask('And then?', [asks('What is spring?'), text(Role.Assistant, 'A season.')]);
    assert.deepEqual(kept(ant), [4]);
  });
});
