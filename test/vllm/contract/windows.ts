import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { CallClock, DEFAULT_PATIENCE } from '../../../src/core/windows/patience.ts';
import { checkCache } from '../../../src/core/windows/windowStatus.ts';
import { asks, conversation, says, to, windowsOf } from '../../core/windows/openWindows.ts';
import { openStore } from '../../core/store/openStore.ts';
import type { Subject } from './subject.ts';

const options = { replyTokens: 8 };
const LONGEST_TOKENS = 8_192;

/** Freezing and thawing, as far as it is up to the server. */
export function windowCases(subject: () => Subject): void {
  const open = (store = openStore()) => windowsOf(store, to(subject().server, subject().server.apiKey));

  /** A conversation that was had on the server, recorded as its session. */
  async function hadSession(turns: number) {
    const { client, model, server } = subject();
    const windows = open();
    const { id, salt } = windows.sessions.start({ model, endpoint: server.url });
    const messages = [...conversation(turns), asks('And now?')];
    const answer = await client.chat({ model, messages, maxTokens: 8, temperature: 0, cacheSalt: salt });
    const tokenIds = [...(answer.promptTokenIds ?? []), ...answer.tokenIds];
    windows.sessions.recordTurn(id, {
      messages: [...messages, says(answer.text)],
      tokenIds,
      ...answer.usage,
    });
    return { windows, id, tokenIds };
  }

  describe('freezes and thaws', () => {
    for (const turns of [1, 3, 10, 30]) {
      it(`${turns} turns, verified, with all that can be cached`, async () => {
        const { blockSize } = subject();
        const windows = open();
        const { id, promptTokens } = await windows.freeze({ messages: conversation(turns) });
        assert.ok(promptTokens !== null && promptTokens < LONGEST_TOKENS);
        const { status, cachedTokens, blocksFound, blocksExpected, reasons } = await windows.thaw(
          { windowId: id },
          options,
        );
        assert.deepEqual(
          { status, cachedTokens, reasons },
          { status: 'verified', cachedTokens: maxCacheable(promptTokens, blockSize), reasons: [] },
        );
        assert.equal(blocksFound, blocksExpected);
      });
    }

    it('a session with the ids that it had, answer and all', async () => {
      const { windows, id, tokenIds } = await hadSession(4);
      const window = await windows.freeze({ sessionId: id });
      assert.deepEqual(window.tokenIds, tokenIds);
      const { status, cachedTokens } = await windows.thaw({ windowId: window.id }, options);
      assert.equal(cachedTokens, maxCacheable(tokenIds.length, subject().blockSize));
      assert.equal(status, 'verified');
    });

    it('and goes on: the next turn finds the frozen blocks, and can be frozen and thawed again', async () => {
      const { windows, id, tokenIds } = await hadSession(4);
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
      const { windows, id } = await hadSession(4);
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
      await client.complete({ model, prompt, maxTokens: 1, cacheSalt: other });
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
