import assert from 'node:assert/strict';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import { ask, continueOrStart } from '../../../src/vscode/chat/conversation.ts';
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
  const openWindows = async () => (await openTools().environment.context(undefined, 'write')).windows;

  it('is kept as a session with the tokens that the server read and wrote', async () => {
    const windows = await openWindows();
    const pieces: string[] = [];
    const begun = continueOrStart(windows, undefined, start());
    const { text, promptTokenIds, tokenIds } = await ask(
      client, windows, begun, question('Where is the fox?'), (piece) => pieces.push(piece), never,
    ); // prettier-ignore
    const session = windows.sessions.get(begun.sessionId);
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
    await ask(client, windows, first, question('Where is the fox?'), () => undefined, never);
    const second = continueOrStart(windows, first.sessionId, start());
    assert.deepEqual(
      [second.sessionId, second.salt, second.messages.length],
      [first.sessionId, first.salt, 3],
    );
    const { usage } = await ask(client, windows, second, question('And when?'), () => undefined, never);
    assert.ok((usage.cachedTokens ?? 0) > 0);
  });

  it('goes on in a session of its own after it was frozen, with all that was said', async () => {
    const windows = await openWindows();
    const first = continueOrStart(windows, undefined, start());
    await ask(client, windows, first, question('Where is the fox?'), () => undefined, never);
    await windows.freeze({ sessionId: first.sessionId });
    const second = continueOrStart(windows, first.sessionId, start());
    assert.notEqual(second.sessionId, first.sessionId);
    assert.notEqual(second.salt, first.salt);
    assert.equal(second.messages.length, 3);
  });

  it('begins a new session on another server', async () => {
    const windows = await openWindows();
    const first = continueOrStart(windows, undefined, start());
    const second = continueOrStart(windows, first.sessionId, { ...start(), endpoint: 'http://other:8000' });
    assert.notEqual(second.salt, first.salt);
  });

  it('does not keep a turn that was cancelled', async () => {
    const windows = await openWindows();
    const begun = continueOrStart(windows, undefined, start());
    const asked = ask(client, windows, begun, question('Where?'), () => undefined, AbortSignal.abort());
    await assert.rejects(asked, { code: 'PF-6002' });
    assert.equal(windows.sessions.get(begun.sessionId).messages.length, 0);
  });
});
