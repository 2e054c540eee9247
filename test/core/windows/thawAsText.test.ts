import assert from 'node:assert/strict';
import { openStore } from '../store/openStore.ts';
import { asks, conversation, nowhere, openWindows, says, standinFor, to, windowsOf } from './openWindows.ts';

const messages = conversation(6);
const options = { replyTokens: 20 };

describe('thawing as text', () => {
  it('hands on the messages in a new session when there is no server', async () => {
    const { windows, store } = await openWindows();
    const { id, salt } = await windows.freeze({ messages });
    const alone = windowsOf(store, nowhere);
    const thawed = await alone.thaw({ windowId: id }, { ...options, continueWith: 'Why?' });
    assert.deepEqual([thawed.status, thawed.cachedTokensSource, thawed.reply], ['text_only', 'none', null]);
    assert.deepEqual(thawed.messages, messages);
    assert.match(thawed.reasons.join(), /No vLLM endpoint.*no server to answer/);
    assert.equal(alone.sessions.get(thawed.sessionId ?? '').salt, salt);
  });

  it('names no server that nothing was asked of, and writes none down', async () => {
    const { windows, store, standin } = await openWindows();
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const { model, url: endpoint } = standin;
    const turn = { messages: [{ role: 'user', content: [image] }] };
    const { id: sessionId } = windows.sessions.start({ model, endpoint }, turn);
    const { id } = await windows.freeze({ sessionId });
    const gone = windowsOf(store, to({ url: 'http://127.0.0.1:1' }));
    const thawed = await gone.thaw({ windowId: id }, options);
    assert.deepEqual([thawed.status, thawed.endpoint], ['text_only', null]);
    assert.equal(gone.sessions.get(thawed.sessionId ?? '').endpoint, endpoint);
  });

  it('has a server answer what was frozen without one', async () => {
    const store = openStore();
    const { id } = await windowsOf(store, nowhere).freeze({ messages });
    const windows = windowsOf(store, to(await standinFor()));
    const { status, reply, sessionId, endpoint } = await windows.thaw(
      { windowId: id },
      { ...options, continueWith: 'Why?' },
    );
    assert.equal(status, 'text_only');
    assert.ok(reply !== null);
    const session = windows.sessions.get(sessionId ?? '');
    assert.deepEqual([session.state, session.endpoint], ['active', endpoint]);
    assert.deepEqual(session.messages, [...messages, asks('Why?'), says(reply.text)]);
    assert.equal(session.tokenIds?.length, reply.promptTokens + reply.completionTokens);
    assert.equal((await windows.freeze({ sessionId: session.id })).kind, 'exact');
  });
});
