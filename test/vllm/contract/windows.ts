import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { CallClock, DEFAULT_PATIENCE } from '../../../src/core/windows/patience.ts';
import { checkCache } from '../../../src/core/windows/windowStatus.ts';
import { asks, conversation, says, to, windowsOf } from '../../core/windows/openWindows.ts';
import type { GenerationEvent } from '../../../src/core/vllm/generation.ts';
import type { ChatMessage } from '../../../src/core/vllm/requests.ts';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import { conversationOf } from '../conversations.ts';
import { openStore } from '../../core/store/openStore.ts';
import type { Subject } from './subject.ts';
import { chat, complete } from '../whole.ts';

const options = { replyTokens: 8 };
const LONGEST_TOKENS = 8_192;

/** Turns and tokens: short ones around whole blocks, and all lengths up to the longest. Every second one is a session. */
const CONVERSATIONS: readonly (readonly [number, number])[] = [
  [1, 7], [1, 9], [1, 32], [1, 40], [1, 33], [1, 8_100], [2, 64], [2, 500], [3, 97], [3, 2_048], [5, 129],
  [5, 4_096], [8, 1_024], [10, 1_025], [20, 2_000], [50, 5_000], [100, 6_000], [150, 8_000], [1, 8_192], [200, 8_100],
]; // prettier-ignore

const noBlock = (tokens: number) => `${tokens} tokens fill no block that could be cached.`;

/** Freezing and thawing, as far as it is up to the server. */
export function windowCases(subject: () => Subject): void {
  const open = (store = openStore()) => windowsOf(store, to(subject().server, subject().server.apiKey));

  /** A conversation that was had on the server, recorded as its session. */
  async function hadSession(before: readonly ChatMessage[]) {
    const { client, model, server } = subject();
    const windows = open();
    const { id, salt } = windows.sessions.start({ model, endpoint: server.url });
    const messages = [...before, asks('And now?')];
    const answer = await chat(client, { model, messages, maxTokens: 8, temperature: 0, cacheSalt: salt });
    const tokenIds = [...(answer.promptTokenIds ?? []), ...answer.tokenIds];
    windows.sessions.recordTurn(windows.sessions.get(id), {
      messages: [...messages, says(answer.text)],
      tokenIds,
      ...answer.usage,
    });
    return { windows, id, tokenIds };
  }

  /** Messages from elsewhere, or what was had in a session, frozen. */
  async function frozen(messages: readonly ChatMessage[], from: 'messages' | 'session') {
    if (from === 'session') {
      const { windows, id } = await hadSession(messages);
      return { windows, window: await windows.freeze({ sessionId: id }) };
    }
    const windows = open();
    return { windows, window: await windows.freeze({ messages }) };
  }

  describe('freezes and thaws', () => {
    CONVERSATIONS.forEach(([turns, tokens], at) => {
      const from = at % 2 === 0 ? 'messages' : 'session';
      it(`${turns} turns of ${tokens} tokens from ${from}, verified, with all that can be cached`, async () => {
        const messages = conversationOf(turns, tokens);
        const { windows, window } = await frozen(messages, from);
        const n = window.promptTokens ?? 0;
        assert.equal(from === 'messages' ? n : n > tokens, from === 'messages' ? tokens : true);
        assert.ok(n <= LONGEST_TOKENS);
        const thawed = await windows.thaw({ windowId: window.id }, options);
        const cachedTokens = Math.floor((n - 1) / subject().blockSize) * subject().blockSize;
        assert.deepEqual(
          { status: thawed.status, source: thawed.cachedTokensSource, cachedTokens: thawed.cachedTokens },
          { status: 'verified', source: 'server', cachedTokens },
        );
        assert.deepEqual(
          [thawed.blocksFound, thawed.promptTokensBySource?.localCacheHit],
          [thawed.blocksExpected, cachedTokens],
        );
        assert.deepEqual(thawed.reasons, thawed.blocksExpected === 0 ? [noBlock(n)] : []);
      });
    });

    it('with nothing cached for another salt, nor without one', async () => {
      const { client, model, blockSize } = subject();
      const { window } = await frozen(conversationOf(3, 700), 'messages');
      const cached = async (salt: { cacheSalt?: string }) => {
        const request = { model, prompt: window.tokenIds ?? [], maxTokens: 1, ...salt };
        return (await complete(client, request)).usage.cachedTokens;
      };
      assert.equal(await cached({ cacheSalt: newSalt() }), 0);
      assert.equal(await cached({}), 0);
      assert.equal(await cached({ cacheSalt: window.salt }), maxCacheable(700, blockSize));
    });

    it('a session whose next turn, in a chat, finds the blocks as well', async () => {
      const { client, model, blockSize } = subject();
      const { windows, window } = await frozen(conversationOf(5, 1_000), 'messages');
      const { sessionId } = await windows.thaw({ windowId: window.id }, options);
      const session = windows.sessions.get(sessionId ?? '');
      assert.deepEqual([session.state, session.salt], ['thawed', window.salt]);
      const messages = [...session.messages, asks('And then?')];
      const { usage } = await chat(client, { model, messages, maxTokens: 4, cacheSalt: session.salt });
      assert.equal(usage.cachedTokens, Math.floor(1_000 / blockSize) * blockSize);
    });

    it('with a reply that comes in pieces', async () => {
      const { windows, window } = await frozen(conversationOf(2, 200), 'messages');
      const pieces: string[] = [];
      const onEvent = (event: GenerationEvent) => event.kind === 'text' && pieces.push(event.text);
      const asked = { replyTokens: 24, continueWith: 'Go on.', onEvent };
      const { reply } = await windows.thaw({ windowId: window.id }, asked);
      assert.equal(pieces.join(''), reply?.text);
      assert.ok((reply?.completionTokens ?? 0) < 3 || pieces.length > 1);
    });

    it('twice at once, verified both times, in two sessions', async () => {
      const { windows, window } = await frozen(conversationOf(4, 1_500), 'messages');
      const thaw = () => windows.thaw({ windowId: window.id }, options);
      const both = await Promise.all([thaw(), thaw()]);
      for (const { status, cachedTokens } of both) {
        assert.deepEqual([status, cachedTokens], ['verified', maxCacheable(1_500, subject().blockSize)]);
      }
      assert.notEqual(both[0].sessionId, both[1].sessionId);
      assert.equal(windows.get({ windowId: window.id }).thawCount, 2);
    });

    it('a session with the ids that it had, answer and all', async () => {
      const { windows, id, tokenIds } = await hadSession(conversation(4));
      const window = await windows.freeze({ sessionId: id });
      assert.deepEqual(window.tokenIds, tokenIds);
      const { status, cachedTokens } = await windows.thaw({ windowId: window.id }, options);
      assert.equal(cachedTokens, maxCacheable(tokenIds.length, subject().blockSize));
      assert.equal(status, 'verified');
    });

    it('and goes on: the next turn finds the frozen blocks, and can be frozen and thawed again', async () => {
      const { windows, id, tokenIds } = await hadSession(conversation(4));
      const window = await windows.freeze({ sessionId: id });
      const thawed = await windows.thaw({ windowId: window.id }, { ...options, continueWith: 'Go on.' });
      const { blockSize } = subject();
      assert.equal(thawed.status, 'verified');
      assert.equal(thawed.reply?.cachedTokens, Math.floor(tokenIds.length / blockSize) * blockSize);
      const next = windows.sessions.get(thawed.sessionId ?? '');
      assert.deepEqual(next.tokenIds?.slice(0, tokenIds.length), tokenIds);
      assert.equal(next.messages.at(-1)?.['content'], thawed.reply?.text);
      const child = await windows.freeze({ sessionId: next.id });
      assert.equal((await windows.thaw({ windowId: child.id }, options)).status, 'verified');
    });

    it('with tools and template arguments', async () => {
      const windows = open();
      const tools = [
        { type: 'function', function: { name: 'find_fox', parameters: { type: 'object', properties: {} } } },
      ];
      const template = { tools, chatTemplateKwargs: { note: 'It snows.' } };
      const { id } = await windows.freeze({ messages: conversation(2), template });
      assert.equal((await windows.thaw({ windowId: id }, options)).status, 'verified');
    });

    it('for another process, and says what it saw when it asks', async () => {
      const store = openStore();
      const { id } = await open(store).freeze({ messages: conversation(3) });
      const later = open(openStore(store.directory));
      assert.equal((await later.thaw({ windowId: id }, options)).status, 'verified');
      const { cache } = await later.status({ windowId: id }, true);
      assert.equal(cache?.blocksFound, cache?.blocksExpected);
      assert.equal(cache?.cachedTokensSource, 'server');
    });

    it('a clone with the blocks of its source, and both branches as they go on', async () => {
      const { windows, id } = await hadSession(conversation(4));
      const source = await windows.freeze({ sessionId: id }, { name: 'Source' });
      const clone = windows.clone({ name: 'Source' }, { name: 'Clone' });
      const { blockSize } = subject();
      const shared = Math.floor((source.promptTokens ?? 0) / blockSize) * blockSize;
      const branches = [
        await windows.thaw({ windowId: source.id }, { ...options, continueWith: 'And in summer?' }),
        await windows.thaw({ windowId: clone.id }, { ...options, continueWith: 'And in winter?' }),
      ];
      for (const { status, cachedTokens, reply } of branches) {
        assert.equal(status, 'verified');
        assert.equal(cachedTokens, maxCacheable(source.promptTokens ?? 0, blockSize));
        assert.equal(reply?.cachedTokens, shared);
      }
      for (const { sessionId } of branches) {
        const branch = await windows.freeze({ sessionId: sessionId ?? '' });
        const thawed = await windows.thaw({ windowId: branch.id }, options);
        assert.equal(thawed.cachedTokens, maxCacheable(branch.promptTokens ?? 0, blockSize));
      }
      const { tree } = windows.lineage(source);
      assert.deepEqual(
        tree.map(({ origin, depth }) => [origin, depth]),
        [
          ['root', 0],
          ['clone', 1],
          ['thaw', 2],
          ['thaw', 1],
        ],
      );
    });

    it('and tells how much is left without bringing back the rest', async () => {
      const { client, model, server, blockSize } = subject();
      const store = openStore();
      const windows = open(store);
      const { id, salt, tokenIds, promptTokens } = await windows.freeze({ messages: conversation(30) });
      const whole = (await windows.status({ windowId: id }, true)).cache;
      assert.equal(whole?.cachedTokens, maxCacheable(promptTokens ?? 0, blockSize));
      // The same tokens under another salt: the server has as many of them as were just sent.
      const other = `${salt}x`;
      const begun = 20 * blockSize;
      const prompt = tokenIds?.slice(0, begun + 1) ?? [];
      await complete(client, { model, prompt, maxTokens: 1, cacheSalt: other });
      const window = { ...windows.get({ windowId: id }), salt: other };
      const part = await checkCache(
        { store, connect: to(server, server.apiKey) },
        window,
        new CallClock(DEFAULT_PATIENCE),
      );
      assert.equal(part.cachedTokens, begun);
      assert.equal(part.blocksFound, 20);
    });

    it('not what the template makes other tokens of, unless it has to', async () => {
      const store = openStore();
      const windows = open(store);
      const { id, tokenIds } = await windows.freeze({ messages: conversation(2) });
      const template = JSON.stringify({ chatTemplateKwargs: { note: 'It thaws.' } });
      store.write((tx) => tx.run('UPDATE windows SET template = ? WHERE id = ?', [template, id]));
      const { status, drift, sessionId } = await windows.thaw({ windowId: id }, options);
      assert.deepEqual([status, sessionId, drift?.frozenText], ['drifted', null, '']);
      assert.match(drift?.currentText ?? '', /It thaws\./);
      const forced = await windows.thaw({ windowId: id }, { ...options, force: true });
      assert.equal(forced.status, 'token_exact');
      assert.equal(forced.cachedTokens, maxCacheable(tokenIds?.length ?? 0, subject().blockSize));
    });

    it('what it knows of the server', async () => {
      const { client } = subject();
      const { server, blockHashes, blockCount, promptTokens } = await open().freeze({
        messages: conversation(2),
      });
      const [version, [model]] = await Promise.all([client.version(), client.models()]);
      assert.equal(server?.version, version);
      assert.equal(server?.root, model?.root);
      assert.equal(server?.blockSize, subject().blockSize);
      assert.match(server?.fingerprint ?? '', /^vllm-/);
      assert.ok((server?.probe?.length ?? 0) >= 5);
      assert.equal(blockCount, Math.floor((promptTokens ?? 0) / subject().blockSize));
      assert.equal(blockHashes?.length, blockCount);
    });

    it('nothing for a model that is not served', () =>
      assert.rejects(open().freeze({ messages: conversation(1), model: 'nope' }), { code: 'PF-7001' }));

    it('nothing that is too long for the model', () =>
      assert.rejects(open().freeze({ messages: [asks('1 2 '.repeat(10_000))] }), { code: 'PF-7003' }));
  });
}
