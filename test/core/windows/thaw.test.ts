import assert from 'node:assert/strict';
import type { PermafrostError } from '../../../src/core/errors.ts';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import type { Store } from '../../../src/core/store/store.ts';
import { tokenize } from '../../vllm/standin/tokenizer.ts';
import { openStore } from '../store/openStore.ts';
import {
  asks,
  conversation,
  endpointsAt,
  keepBusy,
  openWindows,
  says,
  standinFor,
  to,
  windowsOf,
} from './openWindows.ts';
import { chat, complete } from '../../vllm/whole.ts';

const messages = conversation(6);
const options = { replyTokens: 20 };

/** Has the window say that the template's arguments were others: the server then makes other tokens of it. */
function changeNote(store: Store, id: string, note: string): void {
  store.write((tx) =>
    tx.run('UPDATE windows SET template = ? WHERE id = ?', [
      JSON.stringify({ chatTemplateKwargs: { note } }),
      id,
    ]),
  );
}

function changeFact(store: Store, id: string, path: string, value: string): void {
  store.write((tx) =>
    tx.run('UPDATE windows SET server = json_set(server, ?, json(?)) WHERE id = ?', [path, value, id]),
  );
}

describe('thawing', () => {
  it('is verified when the server still has the window, by what it says itself', async () => {
    const { windows, store, standin } = await openWindows();
    const { id, promptTokens } = await windows.freeze({ messages });
    const again = windowsOf(openStore(store.directory), to(standin)); // another process, later
    const thawed = await again.thaw({ windowId: id }, options);
    const n = promptTokens ?? 0;
    const { status, cachedTokens, cachedTokensSource, blocksExpected, blocksFound, reasons } = thawed;
    assert.deepEqual(
      { status, cachedTokens, cachedTokensSource, reasons },
      { status: 'verified', cachedTokens: maxCacheable(n, 16), cachedTokensSource: 'server', reasons: [] },
    );
    assert.deepEqual([blocksExpected, blocksFound], [Math.floor((n - 1) / 16), Math.floor((n - 1) / 16)]);
    assert.equal(thawed.promptTokens, n);
    assert.ok((thawed.timeToFirstTokenMs ?? 0) > 0);
  });

  it('is verified for a conversation whose server knew no salt', async () => {
    const { windows, standin } = await openWindows();
    const { model, url: endpoint } = standin;
    const { id: sessionId } = windows.sessions.start({ model, endpoint, salt: '' }, { messages });
    const { id: windowId, blockCount } = await windows.freeze({ sessionId });
    const { status, blocksFound } = await windows.thaw({ windowId }, options);
    assert.deepEqual([status, blocksFound], ['verified', blockCount]);
  });

  it('goes on in a new session with the same salt, whose next turn the cache has', async () => {
    const { windows, standin } = await openWindows();
    const window = await windows.freeze({ messages }, { name: 'Glacier' });
    const { sessionId } = await windows.thaw({ name: 'Glacier' }, options);
    const session = windows.sessions.get(sessionId ?? '');
    assert.deepEqual([session.state, session.salt, session.thawedFrom], ['thawed', window.salt, window.id]);
    assert.deepEqual(session.messages, messages);
    const next = await chat(new VllmClient({ endpoint: standin.url }), {
      model: standin.model, messages: [...messages, asks('And then?')], maxTokens: 1, cacheSalt: session.salt,
    }); // prettier-ignore
    assert.equal(next.usage.cachedTokens, Math.floor((window.promptTokens ?? 0) / 16) * 16);
  });

  it('answers a question after the exact prefix, and can be frozen again as its child', async () => {
    const { windows } = await openWindows();
    const window = await windows.freeze({ messages });
    const pieces: string[] = [];
    const thawed = await windows.thaw(
      { windowId: window.id },
      {
        ...options,
        continueWith: 'And then?',
        onEvent: (event) => event.kind === 'text' && pieces.push(event.text),
      },
    );
    assert.equal(thawed.status, 'verified');
    assert.ok(thawed.reply !== null && thawed.reply.text !== '');
    assert.equal(pieces.join(''), thawed.reply.text);
    assert.equal(thawed.reply.cachedTokens, Math.floor((window.promptTokens ?? 0) / 16) * 16);
    const session = windows.sessions.get(thawed.sessionId ?? '');
    assert.equal(session.state, 'active');
    assert.deepEqual(session.messages, [...messages, asks('And then?'), says(thawed.reply.text)]);
    assert.deepEqual(session.tokenIds?.slice(0, window.promptTokens ?? 0), window.tokenIds);

    const child = await windows.freeze({ sessionId: session.id });
    assert.equal(child.parentId, window.id);
    assert.equal((await windows.thaw({ windowId: child.id }, options)).status, 'verified');
  });

  it('goes on from the ids that a session had, even where the template writes them in another way', async () => {
    const { windows, standin } = await openWindows();
    const { model, url } = standin;
    const client = new VllmClient({ endpoint: url });
    const { tokens } = await client.tokenize({ model, messages, addGenerationPrompt: false });
    const [snow, letters] = [tokenize(' snow'), [...' snow'].flatMap((letter) => tokenize(letter))];
    const at = tokens.indexOf(snow[0] ?? -1);
    const had = [...tokens.slice(0, at), ...letters, ...tokens.slice(at + 1)]; // the same text in smaller pieces
    const { id } = windows.sessions.start({ model, endpoint: url });
    windows.sessions.recordTurn(windows.sessions.get(id), { messages, tokenIds: had });
    const window = await windows.freeze({ sessionId: id });
    assert.match(window.notes.join(), /other tokens than it had/);

    const thawed = await windows.thaw({ windowId: window.id }, { ...options, continueWith: 'Why?' });
    assert.equal(thawed.status, 'verified');
    assert.equal(thawed.reply?.cachedTokens, Math.floor(had.length / 16) * 16);
    const { tokenIds } = windows.sessions.get(thawed.sessionId ?? '');
    const turn = tokenize('<|user|>Why?<|end|><|assistant|>');
    assert.deepEqual(tokenIds?.slice(0, had.length + turn.length), [...had, ...turn]);
    assert.match(thawed.reasons.join(), /those it had were kept, followed by the new turn/);
  });

  it('ends an answer that was cut off as the template does, where its last word had other tokens too', async () => {
    const { windows, standin } = await openWindows();
    const { model, url } = standin;
    const said = [asks('What falls?'), says('It is cold snow')];
    const client = new VllmClient({ endpoint: url });
    const { tokens } = await client.tokenize({ model, messages: said, addGenerationPrompt: false });
    const letters = [...' snow'].flatMap((letter) => tokenize(letter));
    const had = [...tokens.slice(0, -tokenize(' snow<|end|>').length), ...letters];
    const { id: sessionId } = windows.sessions.start({ model, endpoint: url });
    windows.sessions.recordTurn(windows.sessions.get(sessionId), { messages: said, tokenIds: had });
    const { id: windowId } = await windows.freeze({ sessionId });

    const thawed = await windows.thaw({ windowId }, { ...options, continueWith: 'Why?' });
    const { tokenIds } = windows.sessions.get(thawed.sessionId ?? '');
    const turn = tokenize('<|end|><|user|>Why?<|end|><|assistant|>');
    assert.deepEqual(tokenIds?.slice(0, had.length + turn.length), [...had, ...turn]);
  });

  it('says so when the template does not let the exact prefix go on', async () => {
    const { windows } = await openWindows();
    const template = { chatTemplateKwargs: { note: 'It snows.' } }; // which comes after the last turn
    const { id, promptTokens } = await windows.freeze({ messages, template });
    const thawed = await windows.thaw({ windowId: id }, { ...options, continueWith: 'Why?' });
    assert.equal(thawed.status, 'verified');
    assert.match(
      thawed.reasons.join(),
      new RegExp(`shares only the first \\d+ of ${promptTokens} frozen tokens`),
    );
  });

  it('works again and again, and by two processes at once', async () => {
    const { windows, store, standin } = await openWindows();
    const { id } = await windows.freeze({ messages });
    const other = windowsOf(openStore(store.directory), to(standin));
    const thaws = await Promise.all(
      [windows, other, windows].map((each) => each.thaw({ windowId: id }, options)),
    );
    assert.deepEqual(
      thaws.map(({ status }) => status),
      ['verified', 'verified', 'verified'],
    );
    assert.equal(new Set(thaws.map(({ sessionId }) => sessionId)).size, 3);
    assert.equal(windows.get({ windowId: id }).thawCount, 3);
  });

  it('of few tokens, which fill no block, is verified too', async () => {
    const { windows } = await openWindows();
    const { id } = await windows.freeze({ messages: [asks('Hi')] });
    const { status, blocksExpected, reasons } = await windows.thaw({ windowId: id }, options);
    assert.deepEqual([status, blocksExpected], ['verified', 0]);
    assert.match(reasons.join(), /fill no block/);
  });

  it('of a window that is deleted for good meanwhile brings nothing of it back', async () => {
    const { windows, store, standin } = await openWindows();
    const { id: windowId } = await windows.freeze({ messages });
    const deleting = windowsOf(store, () => {
      windows.deleteForGood({ windowId });
      return to(standin)();
    });
    await assert.rejects(deleting.thaw({ windowId }, options), { code: 'PF-2003' });
    assert.equal(windows.sessions.list({ limit: 1 }).total, 0);
  });

  it('of an unknown window is refused', async () => {
    const { windows } = await openWindows();
    await assert.rejects(windows.thaw({ windowId: 'nope' }, options), { code: 'PF-2003' });
    await assert.rejects(windows.thaw({ name: 'nope' }, options), { code: 'PF-2003' });
  });
});

describe('thawing on a server that was restarted', () => {
  async function frozen(before = {}) {
    const { windows, store, standin } = await openWindows(before);
    const window = await windows.freeze({ messages });
    await standin.close();
    return { store, window, thawOn: async (after = {}) => thawWith(store, window.id, after) };
  }

  async function thawWith(store: Store, windowId: string, after: object) {
    return windowsOf(store, to(await standinFor(after))).thaw({ windowId }, options);
  }

  it('claims nothing that it did not see: no block found is token_exact, and the second thaw is verified', async () => {
    const { store, window } = await frozen();
    const windows = windowsOf(store, to(await standinFor()));
    const first = await windows.thaw({ windowId: window.id }, options);
    assert.deepEqual([first.status, first.cachedTokens, first.blocksFound], ['token_exact', 0, 0]);
    assert.match(first.reasons.join(), /None of its \d+ blocks was in the server's cache/);
    assert.equal((await windows.thaw({ windowId: window.id }, options)).status, 'verified');
  });

  it('is verified when the blocks outlived it in another store', async () => {
    const externalBlocks = new Set<string>();
    const { thawOn } = await frozen({ externalBlocks });
    const thawed = await thawOn({ externalBlocks });
    const { status, promptTokens, cachedTokens, blocksFound, blocksExpected, promptTokensBySource } = thawed;
    assert.equal(status, 'verified');
    assert.ok(cachedTokens !== null && cachedTokens > 0);
    assert.equal(blocksFound, blocksExpected);
    const localCompute = (promptTokens ?? 0) - cachedTokens;
    assert.deepEqual(promptTokensBySource, {
      localCacheHit: 0,
      externalKvTransfer: cachedTokens,
      localCompute,
    });
    assert.match(
      thawed.reasons.join(),
      new RegExp(`connector brought ${cachedTokens} of the tokens from a disk`),
    );
  });

  it('says so when its version is another', async () => {
    const { window, thawOn } = await frozen({ version: '0.30.0' });
    const port = Number(new URL(window.endpoint ?? '').port);
    assert.match((await thawOn({ port })).reasons.join(), /it was vLLM 0\.30\.0, and is 0\.32\.0/);
  });

  it('is refused when the name of the model stands for other weights', async () => {
    const { thawOn, store } = await frozen();
    const { position } = store;
    await assert.rejects(thawOn({ root: 'other/weights' }), { code: 'PF-7002', message: /other\/weights/ });
    assert.equal(store.position, position);
  });

  it('takes the same weights under another name, and says so', async () => {
    const { thawOn } = await frozen();
    const { model, reasons } = await thawOn({ model: 'alias' });
    assert.equal(model, 'alias');
    assert.match(reasons.join(), /served as "alias" now/);
  });

  it('is refused when the model is not served, or the context is too short', async () => {
    const { thawOn } = await frozen();
    await assert.rejects(thawOn({ model: 'x', root: 'y' }), {
      code: 'PF-7001',
      facts: { hint: 'It serves: x.' },
    });
    await assert.rejects(thawOn({ maxModelLen: 64 }), { code: 'PF-7003' });
  });

  it('is refused with a question that the context has no room for, and says how much there is', async () => {
    const { windows } = await openWindows({ maxModelLen: 1_000 });
    const { id: windowId } = await windows.freeze({ messages });
    const thawing = windows.thaw({ windowId }, { ...options, continueWith: 'Why? '.repeat(1_000) });
    const error =
      /^PF-7003: With .* \d+ tokens, and the server takes 1000 .* Ask a shorter question, or .* \d+ or more\.$/;
    await assert.rejects(thawing, ({ sentence }: PermafrostError) => error.test(sentence));
  });
});

describe('thawing without a report of cached tokens', () => {
  it('reads the counters of an idle server, and says which flag tells more', async () => {
    const { windows } = await openWindows({ promptTokensDetails: false });
    const { id, promptTokens } = await windows.freeze({ messages });
    const { status, cachedTokens, cachedTokensSource, reasons } = await windows.thaw(
      { windowId: id },
      options,
    );
    assert.deepEqual([status, cachedTokensSource], ['verified', 'metrics']);
    assert.equal(cachedTokens, maxCacheable(promptTokens ?? 0, 16));
    assert.match(reasons.join(), /--enable-prompt-tokens-details/);
  });

  it('does not guess when the server is busy', async () => {
    const { windows, standin } = await openWindows({ promptTokensDetails: false, msPerToken: 5 });
    const { id } = await windows.freeze({ messages });
    const rest = await keepBusy(standin);
    const thawed = await windows.thaw({ windowId: id }, options);
    await rest();
    assert.deepEqual(
      [thawed.status, thawed.cachedTokens, thawed.cachedTokensSource],
      ['token_exact', null, 'none'],
    );
    assert.deepEqual([thawed.blocksFound, thawed.blocksExpected !== null], [null, true]);
    assert.match(thawed.reasons.join(), /served other requests at the time.*--enable-prompt-tokens-details/);
  });

  it('does not guess when somebody else asked the server in between', async () => {
    const { windows, store, standin } = await openWindows({ promptTokensDetails: false });
    const { id } = await windows.freeze({ messages });
    const other = new VllmClient({ endpoint: standin.url });
    const intruding: Fetch = async (url, init) => {
      if (url.endsWith('/v1/completions'))
        await complete(other, { model: standin.model, prompt: [7, 8], maxTokens: 1 });
      return fetch(url, init);
    };
    const disturbed = endpointsAt([standin.url], { fetch: intruding });
    const thawed = await windowsOf(store, () => Promise.resolve(disturbed)).thaw({ windowId: id }, options);
    assert.deepEqual([thawed.cachedTokens, thawed.cachedTokensSource], [null, 'none']);
  });

  it('does not guess when there are no counters', async () => {
    const { windows, standin } = await openWindows({ promptTokensDetails: false });
    const { id } = await windows.freeze({ messages });
    standin.faults.set({ kind: 'status', status: 404 }, { path: '/metrics' });
    const { status, cachedTokens, cachedTokensSource } = await windows.thaw({ windowId: id }, options);
    assert.deepEqual([status, cachedTokens, cachedTokensSource], ['token_exact', null, 'none']);
  });

  it('says so when the server caches nothing', async () => {
    const { windows } = await openWindows({ enablePrefixCaching: false });
    const { id, notes } = await windows.freeze({ messages });
    assert.match(notes.join(), /keeps no prefix cache/);
    const { status, reasons } = await windows.thaw({ windowId: id }, options);
    assert.equal(status, 'token_exact');
    assert.match(reasons.join(), /--enable-prefix-caching/);
  });
});

describe('thawing after the template changed', () => {
  it('is drifted, with the message, the token and both texts, and sends nothing', async () => {
    const { windows, store, standin } = await openWindows();
    const system = { role: 'system', content: 'Today is Monday.' };
    const window = await windows.freeze({ messages: [system, ...messages] });
    const other = await windows.freeze({
      messages: [{ ...system, content: 'Today is Friday.' }, ...messages],
    });
    store.write((tx) =>
      tx.run(
        'UPDATE windows SET template_tokens = (SELECT template_tokens FROM windows WHERE id = ?) WHERE id = ?',
        [other.id, window.id],
      ),
    );
    const sent = standin.received.filter(({ path }) => path === '/v1/completions').length;
    const { status, drift, sessionId, reasons } = await windows.thaw({ windowId: window.id }, options);
    assert.deepEqual([status, sessionId], ['drifted', null]);
    assert.deepEqual(drift?.message, { index: 0, role: 'system' });
    assert.match(drift?.frozenText ?? '', /^Fri/);
    assert.match(drift?.currentText ?? '', /^Mon/);
    assert.match(reasons.join(), /force: true/);
    assert.equal(standin.received.filter(({ path }) => path === '/v1/completions').length, sent);
    assert.equal(windows.get({ windowId: window.id }).thawCount, 0);
  });

  it('is drifted when the template begins with another day, and by force the cache still has the exact tokens', async () => {
    const { windows, store, standin } = await openWindows({ preamble: 'Today is Monday.' });
    const { id, tokenIds } = await windows.freeze({ messages });
    await standin.close();
    const later = windowsOf(store, to(await standinFor({ preamble: 'Today is Friday.' })));
    const { status, drift } = await later.thaw({ windowId: id }, options);
    assert.deepEqual(
      [status, drift?.tokenIndex],
      ['drifted', tokenize('<|begin|><|system|>Today is').length + 1],
    );
    assert.match(drift?.frozenText ?? '', /^Monday/);
    assert.match(drift?.currentText ?? '', /^Friday/);
    await later.thaw({ windowId: id }, { ...options, force: true });
    const again = await later.thaw({ windowId: id }, { ...options, force: true });
    assert.equal(again.cachedTokens, maxCacheable(tokenIds?.length ?? 0, 16));
  });

  it('is drifted on a server without /detokenize too, which then tells the ids', async () => {
    const { windows, store } = await openWindows({ preamble: 'Today is Monday.' });
    const { id, tokenIds } = await windows.freeze({ messages });
    const server = await standinFor({ preamble: 'Today is Friday.' });
    server.faults.set({ kind: 'status', status: 404 }, { path: '/detokenize' });
    const { status, drift } = await windowsOf(store, to(server)).thaw({ windowId: id }, options);
    assert.equal(status, 'drifted');
    const shown = tokenIds?.slice(drift?.tokenIndex).slice(0, 24);
    assert.deepEqual(JSON.parse(drift?.frozenText ?? ''), shown);
    assert.notDeepEqual(JSON.parse(drift?.currentText ?? ''), shown);
  });

  it('finds the message in the middle of a long conversation', async () => {
    const { windows, store } = await openWindows();
    const changed = messages.map((message, at) =>
      at === 7 ? says(`Otherwise. ${message.content}`) : message,
    );
    const [window, other] = [await windows.freeze({ messages }), await windows.freeze({ messages: changed })];
    store.write((tx) =>
      tx.run('UPDATE windows SET messages = (SELECT messages FROM windows WHERE id = ?) WHERE id = ?', [
        other.id,
        window.id,
      ]),
    );
    const { drift } = await windows.thaw({ windowId: window.id }, options);
    assert.deepEqual(drift?.message, { index: 7, role: 'assistant' });
    assert.match(drift?.currentText ?? '', /^Otherwise/);
  });

  it('thaws the exact tokens by force, and goes on from them', async () => {
    const { windows, store } = await openWindows();
    const { id, tokenIds, promptTokens } = await windows.freeze({ messages });
    changeNote(store, id, 'It snows.');
    assert.equal(
      (await windows.thaw({ windowId: id }, { ...options, continueWith: 'Why?' })).status,
      'drifted',
    );
    const thawed = await windows.thaw({ windowId: id }, { ...options, force: true, continueWith: 'Why?' });
    assert.equal(thawed.status, 'token_exact');
    assert.equal(thawed.cachedTokens, maxCacheable(promptTokens ?? 0, 16));
    assert.match(thawed.reasons.join(), /sent as they were, since force was set/);
    const session = windows.sessions.get(thawed.sessionId ?? '');
    assert.deepEqual(session.tokenIds?.slice(0, promptTokens ?? 0), tokenIds);
  });

  it('is token_exact when the next token came out otherwise', async () => {
    const { windows, store } = await openWindows();
    const { id } = await windows.freeze({ messages });
    changeFact(store, id, '$.probe[0].logprob', '-3.5');
    const { status, reasons } = await windows.thaw({ windowId: id }, options);
    assert.equal(status, 'token_exact');
    assert.match(reasons.join(), /log-probabilities are up to \d\.\d\d away/);
  });
});
