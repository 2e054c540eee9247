import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { Endpoints } from '../../../src/core/vllm/endpoints/endpoints.ts';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import type { Session } from '../../../src/core/windows/session.ts';
import type { OpenContext } from '../../../src/tools/environment.ts';
import { endpointsAt, standinFor } from '../../core/windows/openWindows.ts';
import { breakingOffThinking } from '../../core/vllm/endpoints/breaksOffThinking.ts';
import { startScripted, type ScriptedServer } from '../../mcp/proxy/scriptedServer.ts';
import { GENERATIONS, PROMPT_IDS, streamOf, type Step } from '../../mcp/proxy/vllmAnswers.ts';
import { openTools } from '../../tools/openTools.ts';
import { until } from '../../editor/until.ts';
import { startStandin } from '../../vllm/standin/server.ts';
import { stubVscode } from '../stub/stubVscode.ts';
import {
  configuration,
  Disposable,
  LanguageModelChatMessageRole as Role,
  LanguageModelChatToolMode,
  LanguageModelTextPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
} from '../stub/vscode.ts';

stubVscode();
const { ModelProvider } = await import('../../../src/vscode/chat/modelProvider.ts');

const text = (role: number, value: string) => ({
  role,
  name: undefined,
  content: [new LanguageModelTextPart(value)],
});
const asks = (value: string) => text(Role.User, value);
const token = {
  isCancellationRequested: false,
  onCancellationRequested: () => new Disposable(() => undefined),
};
const search = { name: 'search', description: 'Finds.', inputSchema: { type: 'object' } };

/** A call of a tool whose arguments the model did not end. */
const BROKEN_CALL: readonly Step[] = [
  {
    delta: {
      tool_calls: [
        { id: 'c1', type: 'function', index: 0, function: { name: 'search', arguments: '{"q":' } },
      ],
    },
    ids: [8],
  },
  { delta: {}, ids: [12], finish: 'tool_calls' },
];

/** As `fetch`, but every chat is answered with these steps. */
function writing(steps: readonly Step[]): Fetch {
  return (url, init) => {
    if (!url.endsWith('/v1/chat/completions')) return fetch(url, init);
    const headers = { 'content-type': 'text/event-stream' };
    return Promise.resolve(new Response(streamOf(steps, { ids: true, usage: true }).join(''), { headers }));
  };
}

const TINY = {
  id: 'tiny',
  name: 'tiny',
  family: 'vllm',
  version: '1',
  maxInputTokens: 100,
  maxOutputTokens: 10,
  capabilities: {},
};

describe('A model of the picker', () => {
  let server: ScriptedServer;
  let context: OpenContext;
  let warnings: unknown[][];
  let open: () => Promise<OpenContext>;
  let changes: number;
  const changed = () => void (changes += 1);
  /** Is called when time goes on. */
  let later: () => void;
  const every = (_ms: number, work: () => void) => {
    later = work;
    return () => (later = () => undefined);
  };

  beforeEach(async () => {
    server = await startScripted(GENERATIONS['text']);
    context = await openTools().environment.context(undefined, 'write');
    warnings = [];
    changes = 0;
    later = () => undefined;
    open = () => Promise.resolve(context);
    configuration.clear();
  });

  afterEach(() => server.close());

  function provider(...urls: readonly string[]) {
    const named = urls.length === 0 ? [server.url] : urls;
    return providerOf(endpointsAt(named), named);
  }

  function providerOf(endpoints: Endpoints, named: readonly string[]) {
    const connect = () => Promise.resolve(endpoints);
    const connections = {
      choices: () => named.map((url) => ({ endpoint: url, origin: url, namedByFolder: false })),
      connect,
      connectQuietly: () => endpoints,
      settle: () => Promise.resolve(),
    };
    const log = { warn: (...said: unknown[]) => void warnings.push(said) };
    const scope = { uri: 'fox', name: 'fox', folder: undefined };
    const contexts = {
      scope,
      open: () => open(),
      openOthers: () => Promise.resolve([]),
      scopeOf: () => scope,
    };
    return new ModelProvider({
      contexts,
      connections,
      watch: { look: () => undefined },
      log,
      changed,
      every,
    });
  }

  /** What the agent gets; it names no conversation, and gives back what it got. */
  async function ask(
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    tools: readonly vscode.LanguageModelChatTool[] = [],
  ): Promise<unknown[]> {
    const parts: unknown[] = [];
    const progress = { report: (part: unknown) => void parts.push(part) };
    const options = { tools, toolMode: LanguageModelChatToolMode.Auto };
    await provider().provideLanguageModelChatResponse(TINY, messages, options, progress, token);
    return parts;
  }

  const kept = (): Session[] => {
    const { sessions } = context.windows;
    return sessions.list({ limit: 50 }).sessions.map(({ id }) => sessions.get(id));
  };
  const salts = () => server.received.map(({ body }) => /"cache_salt":"([\w-]+)"/.exec(body)?.[1]);

  it('keeps its conversations as sessions with their exact tokens, each under a salt of its own', async () => {
    const parts = await ask([asks('What is spring?')]);
    const said = parts.map((part) => (part instanceof LanguageModelTextPart ? part.value : '')).join('');
    await ask([asks('What is autumn?')]);
    await ask([asks('What is spring?'), text(Role.Assistant, said), asks('And then?')]);
    const [spring, autumn, ...others] = kept();
    assert.deepEqual(others, []);
    assert.deepEqual(spring?.tokenIds, [...PROMPT_IDS, 1, 2, 3, 4]);
    assert.deepEqual(
      spring.messages.map(({ role, content }) => [role, content]),
      [['user', 'What is spring?'], ['assistant', said], ['user', 'And then?'], ['assistant', said]],
    ); // prettier-ignore
    assert.deepEqual(salts(), [spring.salt, autumn?.salt, spring.salt]);
    assert.notEqual(spring.salt, autumn?.salt);
  });

  it('keeps a conversation from being frozen while it answers in it', async () => {
    const first = [asks('What is spring?')];
    await ask(first);
    const [spring] = kept();
    assert.ok(spring !== undefined);
    const said = text(Role.Assistant, String(spring.messages[1]?.content));
    const { sessions } = context.windows;
    const isAnswering: boolean[] = [];
    const look = () => isAnswering.push(sessions.isAnswering(spring.id));
    sessions.onRecorded(look);
    await ask([...first, said, asks('And then?')]);
    look();
    assert.deepEqual(isAnswering, [true, false]);
    assert.equal(kept().length, 1);
  });

  it('gives a salt to a conversation that was kept without one', async () => {
    const asked = [asks('What is spring?')];
    const messages = [
      { role: 'user', content: 'What is spring?' },
      { role: 'assistant', content: 'A season.' },
    ];
    context.windows.sessions.start({ model: TINY.id, endpoint: server.url, salt: '' }, { messages });
    await ask([...asked, text(Role.Assistant, 'A season.'), asks('And then?')]);
    assert.match(salts()[0] ?? '', /^[\w-]{43}$/);
  });

  it('says that no server answers while none does, and answers whoever speaks to it then as soon as one does', async () => {
    const { url } = server;
    await server.close();
    const away = provider(url);
    const [model, ...others] = await away.provideLanguageModelChatInformation({ silent: true }, token);
    assert.deepEqual([model?.name, others, warnings.length], ['vLLM (no server can be reached)', [], 1]);
    assert.ok(model);
    const options = { tools: [], toolMode: LanguageModelChatToolMode.Auto };
    const progress = { report: () => undefined };
    const speak = (to: vscode.LanguageModelChatProvider) =>
      to.provideLanguageModelChatResponse(model, [asks('Hello?')], options, progress, token);
    await assert.rejects(Promise.resolve(speak(away)), /127\.0\.0\.1/);
    const standin = await startStandin();
    try {
      await speak(provider(standin.url));
      assert.equal(kept()[0]?.model, standin.model);
    } finally {
      await standin.close();
    }
  });

  it('goes on with a conversation after the call of a tool, with the tools it has', async () => {
    server.steps = GENERATIONS['a call of a tool, and tokens that only its parser reads'] ?? [];
    const question = asks('Find ice.');
    const parts = await ask([question], [search]);
    const [call] = parts;
    assert.ok(call instanceof LanguageModelToolCallPart);
    assert.deepEqual([call.name, call.input], ['search', { q: 'ice' }]);
    server.steps = GENERATIONS['text'] ?? [];
    const result = new LanguageModelToolResultPart(call.callId, [new LanguageModelTextPart('Here.')]);
    const given = { role: Role.Assistant, name: undefined, content: [call] };
    await ask([question, given, { role: Role.User, name: undefined, content: [result] }], [search]);
    const [session, ...others] = kept();
    assert.deepEqual(others, []);
    assert.deepEqual(
      session?.messages.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'assistant'],
    );
    assert.equal(session.turnCount, 2);
    assert.equal(session.template.tools?.length, 1);
  });

  it('may write arguments of a call that are not JSON: that is said, not kept, and no failure of its server', async () => {
    const standins = [await standinFor(), await standinFor()] as const;
    const urls = standins.map(({ url }) => url);
    const endpoints = endpointsAt(urls, { fetch: writing(BROKEN_CALL) });
    const model = { ...TINY, id: standins[0].model };
    const options = { tools: [search], toolMode: LanguageModelChatToolMode.Auto };
    const progress = { report: () => assert.fail() };
    const asked = (question: string) =>
      providerOf(endpoints, urls).provideLanguageModelChatResponse(
        model,
        [asks(question)],
        options,
        progress,
        token,
      );
    for (const question of ['Find ice.', 'Find snow.', 'Find hail.', 'Find sleet.', 'Find rain.'])
      await assert.rejects(asked(question), /PF-7004: .*"search"/);
    assert.deepEqual(
      endpoints.clients.map((client) => endpoints.restingOf(client)),
      [undefined, undefined],
    );
    assert.deepEqual(kept(), []);
  });

  it('is answered by another server when one breaks off while the model thinks, which nobody was shown', async () => {
    const standins = await Promise.all([startStandin(), startStandin()]);
    try {
      const urls = standins.map(({ url }) => url);
      const model = { ...TINY, id: standins[0]?.model ?? '' };
      const parts: unknown[] = [];
      await providerOf(
        endpointsAt(urls, { fetch: breakingOffThinking() }),
        urls,
      ).provideLanguageModelChatResponse(
        model,
        [asks('What is spring?')],
        { tools: [], toolMode: LanguageModelChatToolMode.Auto },
        { report: (part: unknown) => void parts.push(part) },
        token,
      );
      assert.ok(parts.length > 0);
    } finally {
      await Promise.all(standins.map((standin) => standin.close()));
    }
  });

  const list = (from: ReturnType<typeof provider>) =>
    from.provideLanguageModelChatInformation({ silent: true }, token);

  it('is stood in for by what is wrong with the servers that are set, and what to do, while all are away', async () => {
    const [a, b] = [await startStandin(), await startStandin()];
    await Promise.all([a.close(), b.close()]);
    const offered = provider(a.url, b.url);
    const [only, ...others] = await list(offered);
    assert.ok(only);
    assert.deepEqual(others, []);
    assert.equal(only.name, 'vLLM (no server can be reached)');
    assert.match(
      only.tooltip ?? '',
      new RegExp(`None of ${a.url}, ${b.url} can be used now. PF-5002: .*Check`),
    );
    const options = { toolMode: LanguageModelChatToolMode.Auto };
    const progress = { report: () => assert.fail() };
    const asked = offered.provideLanguageModelChatResponse(only, [asks('Hello?')], options, progress, token);
    await assert.rejects(asked, /PF-5002: .* Check that it is running/);
  });

  it('is listed when its server is back, be it one of several', async () => {
    const [steady, moody] = [await standinFor({ model: 'steady' }), await standinFor({ model: 'moody' })];
    const names = async (from: ReturnType<typeof provider>) => (await list(from)).map(({ name }) => name);
    for (const [others, urls] of [
      [['vLLM (no server answers as it should)'], [moody.url]],
      [['steady'], [steady.url, moody.url]],
    ] as const) {
      const offered = provider(...urls);
      moody.faults.set({ kind: 'notJson' });
      assert.deepEqual(await names(offered), others);
      const before = changes;
      const asked = moody.received.length;
      later();
      await until('it is asked again', async () => moody.received.length > asked || undefined);
      assert.equal(changes, before);
      moody.faults.clear();
      await until('it is found', async () => {
        later();
        return changes > before || undefined;
      });
      assert.ok((await names(offered)).includes('moody'));
      later();
      assert.equal(changes, before + 1);
    }
  });

  it('is stood in for by the word that none is served, until one is', async () => {
    const standin = await standinFor();
    const none = () => Promise.resolve(Response.json({ object: 'list', data: [] }));
    let isLoaded = false;
    const loading: Fetch = (url, init) =>
      url.endsWith('/v1/models') && !isLoaded ? none() : fetch(url, init);
    const offered = providerOf(endpointsAt([standin.url], { fetch: loading }), [standin.url]);
    const [only] = await list(offered);
    assert.ok(only);
    assert.equal(only.name, 'vLLM (no model is served)');
    assert.match(only.tooltip ?? '', new RegExp(`No model is served at ${standin.url}. Start vLLM with one`));
    const options = { toolMode: LanguageModelChatToolMode.Auto };
    const progress = { report: () => assert.fail() };
    const asked = offered.provideLanguageModelChatResponse(only, [asks('Hello?')], options, progress, token);
    await assert.rejects(asked, /PF-7001: No model is served/);
    assert.equal(changes, 0);
    isLoaded = true;
    later();
    await until('it is found', async () => changes > 0 || undefined);
    assert.deepEqual(
      (await list(offered)).map(({ name }) => name),
      [standin.model],
    );
  });

  it('is looked for on, though the editor takes a question for the models back', async () => {
    const standin = await standinFor();
    standin.faults.set({ kind: 'notJson' });
    const offered = provider(standin.url);
    await list(offered);
    const cancelled = { ...token, isCancellationRequested: true };
    assert.deepEqual(await offered.provideLanguageModelChatInformation({ silent: true }, cancelled), []);
    standin.faults.clear();
    await until('it is found', async () => {
      later();
      return changes > 0 || undefined;
    });
    offered.dispose();
    standin.faults.set({ kind: 'notJson' });
    await list(offered);
    standin.faults.clear();
    const asked = standin.received.length;
    later();
    await list(offered);
    assert.equal(standin.received.length, asked + 1, 'one that is let go of waits for nothing');
  });

  it('keeps nothing when that is turned off, and says so', async () => {
    const standin = await startStandin();
    const tooltip = async () => {
      const models = provider(standin.url).provideLanguageModelChatInformation({ silent: true }, token);
      return (await models)[0]?.tooltip ?? '';
    };
    assert.match(await tooltip(), /kept on this machine/);
    configuration.set('permafrost.sessions.record', false);
    assert.match(await tooltip(), /not kept: permafrost\.sessions\.record is off/);
    await standin.close();
    await ask([asks('What is spring?')]);
    assert.deepEqual(kept(), []);
    assert.match(salts()[0] ?? '', /^[\w-]{43}$/);
  });

  it('answers all the same when there is no context to keep it in', async () => {
    open = () => Promise.reject(new Error('the disk is gone'));
    assert.ok((await ask([asks('What is spring?')])).length > 0);
    assert.equal(warnings.length, 1);
  });

  it('answers what cannot be kept', async () => {
    assert.ok((await ask([asks('half \ud83d')])).length > 0);
    assert.deepEqual(kept(), []);
    assert.equal(warnings.length, 1);
  });
});
