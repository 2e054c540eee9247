import assert from 'node:assert/strict';
import { blockHashes } from '../../../src/core/vllm/blockHashes.ts';
import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { StandinOptions } from '../../vllm/standin/settings.ts';
import { openStore, temporaryContext } from '../store/openStore.ts';
import {
  asks,
  conversation,
  endSessions,
  nowhere,
  openWindows,
  says,
  standinFor,
  to,
  windowsOf,
} from './openWindows.ts';
import { chat } from '../../vllm/whole.ts';

const messages = conversation(6);
const thawing = { replyTokens: 20 };

const missingFrom = (held: readonly string[], wanted: readonly string[]) =>
  wanted.filter((hash) => !held.includes(hash));

describe('freezing messages', () => {
  it('keeps the ids that the server makes of them, and what it says of itself', async () => {
    const { windows, standin } = await openWindows();
    const window = await windows.freeze({ messages });
    const client = new VllmClient({ endpoint: standin.url });
    const { model } = standin;
    const { tokens } = await client.tokenize({ model, messages, addGenerationPrompt: false });
    assert.equal(window.kind, 'exact');
    assert.deepEqual(window.tokenIds, tokens);
    assert.equal(window.promptTokens, tokens.length);
    assert.equal(window.blockCount, Math.floor(tokens.length / 16));
    const { probe, ...server } = window.server ?? { probe: null };
    assert.equal(probe?.length, 5);
    assert.deepEqual(server, {
      version: '0.32.0', blockSize: 16, hashAlgo: 'sha256_cbor', hashSeed: null, prefixCaching: true,
      root: 'permafrost/standin-llama', maxModelLen: 16_384, fingerprint: 'vllm-0.32.0-standin',
    }); // prettier-ignore
    assert.deepEqual(window.notes, []);
  });

  it('keeps the hashes of the blocks that the server has', async () => {
    const { windows, standin } = await openWindows();
    const { salt, tokenIds, blockHashes: hashes } = await windows.freeze({ messages });
    assert.deepEqual(
      hashes,
      blockHashes({ tokenIds: tokenIds ?? [], blockSize: 16, version: '0.32.0', salt }),
    );
    assert.deepEqual(missingFrom(standin.cache.hashes, hashes ?? []), []);
  });

  it('keeps them by the seed of the server, where somebody says it', async () => {
    const standin = await standinFor({ seed: '7' });
    const connect = to({ url: standin.url, hashSeed: '7' });
    const window = await windowsOf(openStore(), connect).freeze({ messages });
    assert.equal(window.server?.hashSeed, '7');
    assert.deepEqual(missingFrom(standin.cache.hashes, window.blockHashes ?? []), []);
  });

  it('is all there again for another process', async () => {
    const { windows, store } = await openWindows();
    const template = {
      tools: [{ type: 'function', function: { name: 'thaw' } }],
      chatTemplateKwargs: { note: 'Snow.' },
    };
    const facts = { name: 'Glacier', description: 'Cold', tags: ['ice', 'ice', 'snow'] };
    const window = await windows.freeze({ messages, template }, facts);
    assert.deepEqual(windowsOf(openStore(store.directory), nowhere).get({ name: 'Glacier' }), window);
    assert.deepEqual(window.tags, ['ice', 'snow']);
    assert.deepEqual(window.template, template);
  });

  it('makes a session of them that is frozen', async () => {
    const { windows } = await openWindows();
    const { id, sessionId } = await windows.freeze({ messages });
    const { state, frozenAs, messages: kept } = windows.sessions.get(sessionId);
    assert.deepEqual({ state, frozenAs, kept }, { state: 'frozen', frozenAs: id, kept: messages });
  });

  it('names the window after the first question, with a number when that is taken', async () => {
    const windows = windowsOf(openStore(), nowhere);
    const names = [];
    for (let n = 0; n < 3; n++)
      names.push((await windows.freeze({ messages: [says('Hi'), asks('Why  is\nsnow?')] })).name);
    assert.deepEqual(names, ['Why is snow?', 'Why is snow? (2)', 'Why is snow? (3)']);
  });

  it('refuses a name that is taken, and a model that is not served, with nothing changed', async () => {
    const { windows, store } = await openWindows();
    await windows.freeze({ messages }, { name: 'Glacier' });
    const { position } = store;
    await assert.rejects(windows.freeze({ messages }, { name: 'Glacier' }), { code: 'PF-3002' });
    await assert.rejects(windows.freeze({ messages, model: 'nope' }), {
      code: 'PF-7001',
      facts: { hint: 'It serves: standin-llama.' },
    });
    assert.equal(store.position, position);
  });

  it('refuses what leaves the server no room for a token', async () => {
    const { windows } = await openWindows({ maxModelLen: 64 });
    await assert.rejects(windows.freeze({ messages }), {
      code: 'PF-7003',
      message: /takes 64 together with the answer/,
    });
  });

  it('keeps the messages alone without a server, and says so', async () => {
    const window = await windowsOf(openStore(), nowhere).freeze({ messages, model: 'tiny' });
    const { kind, model, tokenIds, promptTokens, blockCount } = window;
    assert.deepEqual(
      [kind, model, tokenIds, promptTokens, blockCount],
      ['text_only', 'tiny', null, null, null],
    );
    assert.match(window.notes[0] ?? '', /No vLLM endpoint is configured/);
  });

  it('keeps the messages alone when token ids do not say all of them', async () => {
    const { windows } = await openWindows();
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const text = { type: 'text', text: 'What is this?' };
    assert.equal((await windows.freeze({ messages: [{ role: 'user', content: [text] }] })).kind, 'exact');
    const window = await windows.freeze({ messages: [{ role: 'user', content: [text, image] }] });
    assert.equal(window.kind, 'text_only');
    assert.match(window.notes[0] ?? '', /images/);
  });

  it('says why there are no block hashes when the server does not show how it caches', async () => {
    const { windows, standin } = await openWindows();
    standin.faults.set({ kind: 'status', status: 404 }, { path: '/metrics' });
    const window = await windows.freeze({ messages });
    assert.equal(window.kind, 'exact');
    assert.deepEqual([window.blockHashes, window.blockCount], [null, null]);
    assert.match(window.notes.join(), /No block hashes were kept: the server does not show/);
  });
});

describe('freezing a session', () => {
  async function session(turns = messages) {
    const opened = await openWindows();
    const { standin, windows } = opened;
    const { id, salt } = windows.sessions.start({ model: standin.model, endpoint: standin.url });
    const client = new VllmClient({ endpoint: standin.url });
    const asked = [...turns, asks('And now?')];
    const answer = await chat(client, {
      model: standin.model,
      messages: asked,
      maxTokens: 20,
      cacheSalt: salt,
    });
    const tokenIds = [...(answer.promptTokenIds ?? []), ...answer.tokenIds];
    const said = [...asked, says(answer.text)];
    windows.sessions.recordTurn(windows.sessions.get(id), { messages: said, tokenIds, ...answer.usage });
    return { ...opened, id, salt, tokenIds, said };
  }

  it('keeps its own ids and its salt, so that the server has its blocks already', async () => {
    const { windows, id, salt, tokenIds, said, standin } = await session();
    const before = standin.cache.hashes;
    const window = await windows.freeze({ sessionId: id });
    assert.deepEqual(window.tokenIds, tokenIds);
    assert.deepEqual(window.messages, said);
    assert.equal(window.salt, salt);
    assert.ok(missingFrom(before, standin.cache.hashes).length <= 1); // the end of the answer may fill a block
    assert.equal(windows.sessions.get(id).state, 'frozen');
  });

  it('keeps one that fills the window of its model, for a server that takes more', async () => {
    const { store, standin, id, salt, tokenIds } = await session();
    const { length } = tokenIds;
    const filled = windowsOf(store, to(await standinFor({ maxModelLen: length })));
    const window = await filled.freeze({ sessionId: id });
    assert.deepEqual([window.kind, window.tokenIds, window.server?.probe], ['exact', tokenIds, null]);
    assert.deepEqual(window.blockHashes, blockHashes({ tokenIds, blockSize: 16, version: '0.32.0', salt }));
    assert.match(window.notes.join(), new RegExp(`has ${length} tokens, .* only a server with a longer`));
    assert.doesNotMatch(window.notes.join(), /log-probabilities/);
    await assert.rejects(filled.thaw({ windowId: window.id }, thawing), {
      code: 'PF-7003',
      facts: { hint: `Start the server with --max-model-len ${length + 1} or more.` },
    });
    assert.deepEqual(filled.get({ windowId: window.id }), window);
    const thawed = await windowsOf(store, to(standin)).thaw({ windowId: window.id }, thawing);
    assert.deepEqual([thawed.status, thawed.promptTokens], ['token_exact', length]);
    assert.match(thawed.reasons.join(), /could not be compared/);
  });

  it('keeps its ids without a server too', async () => {
    const { store, id, tokenIds } = await session();
    const window = await windowsOf(store, nowhere).freeze({ sessionId: id });
    assert.equal(window.kind, 'exact');
    assert.deepEqual(window.tokenIds, tokenIds);
    assert.equal(window.server, null);
  });

  it('is refused when it is unknown, empty, over, or frozen already', async () => {
    const { store, windows, id } = await session();
    const empty = windows.sessions.start({ model: 'm', endpoint: 'e' }).id;
    const refused = (sessionId: string, code: string, message: RegExp) =>
      assert.rejects(windows.freeze({ sessionId }), { code, message });
    await refused('nope', 'PF-2004', /no session/);
    await refused(empty, 'PF-3003', /no messages yet/);
    await windows.freeze({ sessionId: id });
    await refused(id, 'PF-3003', /frozen already/);
    endSessions(store);
    await refused(empty, 'PF-3003', /is over/);
  });

  it('is refused while an answer is on its way, by another process too, and not after it', async () => {
    const { windows, store, standin, id, said } = await session();
    const other = windowsOf(openStore(store.directory), to(standin));
    const refusal = { code: 'PF-3003', message: /still on its way/ };
    const answered = [...said, asks('And?'), says('So.')];
    await windows.sessions.answering(id, async () => {
      for (const each of [windows, other]) await assert.rejects(each.freeze({ sessionId: id }), refusal);
      const freezing = windows.freeze({ sessionId: id }, {}, AbortSignal.timeout(1));
      await assert.rejects(freezing, { code: 'PF-6002' });
      windows.sessions.recordTurn(windows.sessions.get(id), { messages: answered });
    });
    assert.deepEqual((await windows.freeze({ sessionId: id })).messages, answered);
  });

  it('is refused when an answer began while it was being frozen, or failed and left nothing', async () => {
    const { store, standin, id } = await session();
    const answer = Promise.withResolvers<never>();
    let turn: Promise<unknown> = Promise.resolve();
    const windows = windowsOf(store, () => {
      turn = windows.sessions.answering(id, () => answer.promise);
      return to(standin)();
    });
    await assert.rejects(windows.freeze({ sessionId: id }), { code: 'PF-3003', message: /still on its way/ });
    assert.equal(windows.list({ limit: 1 }).total, 0);
    answer.reject(new Error('broken off'));
    await assert.rejects(turn, /broken off/);
    assert.equal((await windowsOf(store, to(standin)).freeze({ sessionId: id })).sessionId, id);
  });

  it('can be frozen again when its window was deleted', async () => {
    const { windows, id } = await session();
    const first = await windows.freeze({ sessionId: id });
    windows.archive({ windowId: first.id });
    assert.equal(windows.sessions.get(id).state, 'active');
    const second = await windows.freeze({ sessionId: id });
    windows.archive({ windowId: second.id });
    assert.equal(windows.sessions.get(id).state, 'active');
  });

  it('is refused when it went on while it was being frozen', async () => {
    const { store, standin, id, said } = await session();
    const other = windowsOf(openStore(store.directory), nowhere);
    const windows = windowsOf(store, () => {
      other.sessions.recordTurn(other.sessions.get(id), { messages: [...said, asks('One more thing')] });
      return to(standin)();
    });
    await assert.rejects(windows.freeze({ sessionId: id }), { code: 'PF-3003', message: /went on while/ });
    assert.equal(windows.list({ limit: 1 }).total, 0);
  });

  it('makes a window of no other when that which it was thawed from was deleted for good meanwhile', async () => {
    const { standin, store, windows } = await openWindows();
    const { id: windowId } = await windows.freeze({ messages });
    const { sessionId } = await windows.thaw({ windowId }, thawing);
    const deleting = windowsOf(store, () => {
      windows.deleteForGood({ windowId });
      return to(standin)();
    });
    const frozen = await deleting.freeze({ sessionId: sessionId ?? '' });
    assert.deepEqual([frozen.parentId, windows.get({ windowId: frozen.id }).parentId], [null, null]);
  });

  it('makes one window when two processes freeze it at once, and one of a name', async () => {
    const directory = temporaryContext();
    const standin = await standinFor();
    const [a, b] = [
      windowsOf(openStore(directory), to(standin)),
      windowsOf(openStore(directory), to(standin)),
    ];
    const { id } = a.sessions.start({ model: standin.model, endpoint: standin.url });
    a.sessions.recordTurn(a.sessions.get(id), { messages });
    const outcomes = await Promise.allSettled([a, b].map((windows) => windows.freeze({ sessionId: id })));
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const named = await Promise.allSettled(
      [a, b].map((windows) => windows.freeze({ messages }, { name: 'Glacier' })),
    );
    assert.deepEqual(named.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const free = await Promise.all([a, b].map((windows) => windows.freeze({ messages: [asks('Same?')] })));
    assert.deepEqual(free.map(({ name }) => name).toSorted(), ['Same?', 'Same? (2)']);
    assert.equal(b.list({ limit: 9 }).total, 4);
  });
});

describe('freezing on a server that tells less', () => {
  const withoutTokenize = async (options: StandinOptions = {}) => {
    const opened = await openWindows(options);
    opened.standin.faults.set({ kind: 'status', status: 404 }, { path: '/tokenize' });
    return opened;
  };

  it('takes the ids from an answer where there is no /tokenize, as behind a gateway to /v1 alone', async () => {
    const { windows, standin } = await withoutTokenize();
    const { kind, tokenIds } = await windows.freeze({ messages });
    standin.faults.clear();
    const { model, url } = standin;
    const prompt = { model, messages, addGenerationPrompt: false };
    assert.deepEqual(tokenIds, (await new VllmClient({ endpoint: url }).tokenize(prompt)).tokens);
    assert.equal(kind, 'exact');
  });

  it('keeps the messages alone, and says so, where neither /tokenize nor an answer tells the ids', async () => {
    const { windows, standin } = await withoutTokenize({ returnTokenIds: false });
    const { kind, tokenIds, promptTokens, server, notes } = await windows.freeze({ messages });
    assert.deepEqual([kind, tokenIds, promptTokens], ['text_only', null, null]);
    assert.match(notes.join(), /neither by \/tokenize nor with an answer/);
    assert.equal(server?.root, 'permafrost/standin-llama');
    standin.faults.clear();
    const thawed = await windows.thaw({ name: windows.list({ limit: 1 }).windows[0]?.name ?? '' }, thawing);
    assert.deepEqual([thawed.status, thawed.messages], ['text_only', messages]);
    assert.match(thawed.reasons.join(), /neither by \/tokenize/);
  });

  it('keeps the ids that a session had, and says nothing of a template that it cannot ask', async () => {
    const { windows, standin } = await withoutTokenize({ returnTokenIds: false });
    const { id } = windows.sessions.start({ model: standin.model, endpoint: standin.url });
    const tokenIds = [10, 11, 12, 13];
    windows.sessions.recordTurn(windows.sessions.get(id), { messages, tokenIds });
    const window = await windows.freeze({ sessionId: id });
    assert.deepEqual([window.kind, window.tokenIds, window.templateTokenIds], ['exact', tokenIds, null]);
    assert.deepEqual(window.notes, []);
  });

  it('says that LMCache ignores the salt where its counters show that it is used', async () => {
    const { windows } = await openWindows({
      furtherMetrics: 'lmcache:num_hit_tokens_total{engine="0"} 12.0',
    });
    const { id, notes } = await windows.freeze({ messages });
    assert.match(notes.join(), /LMCacheConnectorV1 ignores the salt/);
    const { status, reasons } = await windows.thaw({ windowId: id }, thawing);
    assert.equal(status, 'verified');
    assert.match(reasons.join(), /LMCacheConnectorV1 ignores the salt/);
  });
});
