import assert from 'node:assert/strict';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { Connect } from '../../../src/core/windows/reach.ts';
import type { Windows } from '../../../src/core/windows/windows.ts';
import { ask, continueOrStart, isLost, type Conversation } from '../../../src/vscode/chat/conversation.ts';
import { to } from '../../core/windows/openWindows.ts';
import { openTools } from '../../tools/openTools.ts';
import { startStandin, type Standin } from '../../vllm/standin/server.ts';

const question = (content: string) => ({ role: 'user', content });
const never = new AbortController().signal;

describe('a conversation of the chat', () => {
  let standin: Standin;
  let client: VllmClient;

  before(async () => {
    standin = await startStandin();
    client = new VllmClient({ endpoint: standin.url });
  });

  after(() => standin.close());

  const start = () => ({
    model: standin.model,
    endpoint: client.endpoint,
    folder: 'fox',
    question: 'Where?',
  });
  const openWindows = async (connect?: Connect) =>
    (await openTools(connect && { connect }).environment.context(undefined, 'write')).windows;
  const asked = (windows: Windows, conversation: Conversation, content: string) =>
    ask(client, windows, conversation, question(content), () => undefined, never);

  it('is kept as a session with the tokens that the server read and wrote', async () => {
    const windows = await openWindows();
    const pieces: string[] = [];
    const begun = continueOrStart(windows, undefined, start());
    const { sessionId, generation } = await ask(
      client, windows, begun, question('Where is the fox?'), (piece) => pieces.push(piece), never,
    ); // prettier-ignore
    const { text, promptTokenIds, tokenIds } = generation;
    const session = windows.sessions.get(sessionId);
    assert.equal(pieces.join(''), text);
    assert.equal(session.title, 'Where?');
    assert.deepEqual(session.tokenIds, [...(promptTokenIds ?? []), ...tokenIds]);
    assert.deepEqual(
      session.messages.map(({ role }) => role),
      ['system', 'user', 'assistant'],
    );
  });

  it('goes on in the same session, whose beginning the cache serves', async () => {
    const windows = await openWindows();
    const first = continueOrStart(windows, undefined, start());
    const { sessionId } = await asked(windows, first, 'Where is the fox?');
    const second = continueOrStart(windows, sessionId, start());
    assert.deepEqual([second.sessionId, second.salt, second.messages.length], [sessionId, first.salt, 3]);
    const { generation } = await asked(windows, second, 'And when?');
    assert.ok((generation.usage.cachedTokens ?? 0) > 0);
    assert.equal(windows.sessions.get(sessionId).messages.length, 5);
  });

  it('goes on in a branch after it was frozen, with all that was said and under the same salt', async () => {
    const windows = await openWindows();
    const first = continueOrStart(windows, undefined, start());
    const { sessionId } = await asked(windows, first, 'Where is the fox?');
    await windows.freeze({ sessionId });
    const second = continueOrStart(windows, sessionId, start());
    assert.deepEqual([second.sessionId, isLost(windows, sessionId)], [undefined, false]);
    assert.equal(second.salt, first.salt);
    assert.equal(second.messages.length, 3);
  });

  it('keeps an answer whose session another process froze while it came, in a branch under the same salt', async () => {
    const windows = await openWindows();
    const { sessionId } = await asked(windows, continueOrStart(windows, undefined, start()), 'Where is it?');
    const conversation = continueOrStart(windows, sessionId, start());
    const { id: windowId } = await windows.freeze({ sessionId });
    const answered = await asked(windows, conversation, 'And when?');
    const branch = windows.sessions.get(answered.sessionId);
    assert.equal(windows.sessions.get(sessionId).frozenAs, windowId);
    assert.deepEqual([branch.state, branch.salt], ['active', conversation.salt]);
    assert.deepEqual(
      [branch.messages.length, branch.messages.at(-1)?.['content']],
      [5, answered.generation.text],
    );
  });

  it('begins a new session on another server', async () => {
    const windows = await openWindows();
    const first = continueOrStart(windows, undefined, start());
    const { sessionId } = await asked(windows, first, 'Where?');
    const second = continueOrStart(windows, sessionId, { ...start(), endpoint: 'http://other:8000' });
    assert.deepEqual([second.sessionId, second.messages.length], [undefined, 3]);
    assert.notEqual(second.salt, first.salt);
  });

  it('begins anew, and knows it, when its session is in another context', async () => {
    const windows = await openWindows();
    const begun = continueOrStart(windows, 'of another context', start());
    assert.deepEqual([begun.sessionId, begun.messages.length], [undefined, 1]);
    assert.equal(isLost(windows, 'of another context'), true);
    const { sessionId } = await asked(windows, begun, 'Where?');
    assert.equal(isLost(windows, sessionId), false);
  });

  it('goes on after a thaw with the tools and template arguments of the window, which the cache serves', async () => {
    const windows = await openWindows(to(standin));
    const template = {
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
      chatTemplateKwargs: { note: 'speak of the fox' },
    };
    const messages = [
      question('Where does the arctic fox sleep through the longest night of the winter?'),
      { role: 'assistant', content: 'Under the snow, in a den that many foxes have dug before.' },
    ];
    const { id } = await windows.freeze({ messages, model: standin.model, template });
    const thawed = await windows.thaw({ windowId: id }, { replyTokens: 1 });
    const { sessionId, template: kept } = continueOrStart(windows, thawed.sessionId ?? undefined, start());
    assert.deepEqual([sessionId, kept], [thawed.sessionId, template]);
    const on = continueOrStart(windows, sessionId, start());
    const { generation } = await asked(windows, on, 'And when?');
    assert.ok((generation.usage.cachedTokens ?? 0) > 0);
  });

  it('keeps tools and template arguments when it goes on in a session of its own', async () => {
    const windows = await openWindows();
    const template = { chatTemplateKwargs: { note: 'speak of the fox' } };
    const from = windows.sessions.start({ model: 'other', endpoint: client.endpoint, template });
    const { sessionId } = await asked(windows, continueOrStart(windows, from.id, start()), 'Where?');
    assert.notEqual(sessionId, from.id);
    assert.deepEqual(windows.sessions.get(sessionId).template, template);
  });

  it('leaves nothing when its first turn is cancelled', async () => {
    const windows = await openWindows();
    const begun = continueOrStart(windows, undefined, start());
    const answer = ask(client, windows, begun, question('Where?'), () => undefined, AbortSignal.abort());
    await assert.rejects(answer, { code: 'PF-6002' });
    assert.equal(windows.sessions.list({ limit: 1 }).total, 0);
  });
});
