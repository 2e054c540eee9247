import assert from 'node:assert/strict';
import * as z from 'zod';
import { temporaryContext } from '../core/store/openStore.ts';
import { asks, conversation, endpointsAt, says, standinFor, to } from '../core/windows/openWindows.ts';
import { openTools } from './openTools.ts';

const messages = conversation(3);

const Frozen = z.object({
  window: z.looseObject({
    id: z.string(),
    name: z.string(),
    promptTokens: z.number().nullable(),
    sessionId: z.string(),
  }),
  notes: z.array(z.string()),
});
const Thawed = z.looseObject({
  status: z.string(),
  sessionId: z.string().nullable(),
  reasons: z.array(z.string()),
  reply: z.string().optional(),
  messages: z.array(z.looseObject({ role: z.string() })).optional(),
  omittedMessages: z.number().optional(),
});
const Cloned = z.object({
  window: z.looseObject({
    id: z.string(),
    name: z.string(),
    lineage: z.looseObject({ tree: z.array(z.unknown()), treeTotal: z.number() }),
  }),
});
const Belonging = z.looseObject({
  children: z.array(z.unknown()),
  childrenTotal: z.number(),
  thawedSessions: z.array(z.unknown()),
  thawedTotal: z.number(),
  tree: z.array(z.unknown()),
  treeTotal: z.number(),
});
const Windows = z.object({
  windows: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  total: z.number(),
  nextCursor: z.string().optional(),
});
const Sessions = z.object({
  sessions: z.array(z.looseObject({ id: z.string(), state: z.string() })),
  total: z.number(),
});

async function open(directory = temporaryContext()) {
  const standin = await standinFor();
  const tools = openTools({ directory, connect: to(standin) });
  const freeze = async (input: object = {}) =>
    Frozen.parse(await tools.answer('window_freeze', { messages, ...input }));
  return { standin, tools, freeze };
}

/** Without the server's part: tools where none is configured. */
const openAlone = () => openTools();

/** Lists within each other. */
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('the window tools', () => {
  it('freeze a conversation, and thaw it after a restart, with what the server said', async () => {
    const { tools, freeze, standin } = await open();
    const { window, notes } = await freeze({ name: 'Glacier', description: 'Cold', tags: ['ice'] });
    assert.deepEqual(notes, []);
    assert.match(String(window['frozenAt']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const later = openTools({ directory: tools.directory, connect: to(standin) });
    const answer = await later.call('window_thaw', { name: 'Glacier' });
    assert.ok(!answer.isError);
    const n = window.promptTokens ?? 0;
    const blocks = Math.floor((n - 1) / 16);
    const { sessionId, timeToFirstTokenMs, ...thawed } = answer.structuredContent;
    assert.deepEqual(thawed, {
      windowId: window.id, name: 'Glacier', status: 'verified', model: standin.model, endpoint: standin.url, promptTokens: n,
      cachedTokens: blocks * 16, cachedTokensSource: 'server', blocksExpected: blocks, blocksFound: blocks, reasons: [],
      promptTokensBySource: { localCacheHit: blocks * 16, externalKvTransfer: 0, localCompute: n - blocks * 16 },
    }); // prettier-ignore
    assert.equal(typeof timeToFirstTokenMs, 'number');
    assert.match(
      answer.texts.join(),
      new RegExp(`verified.*\\n${blocks * 16} of ${n} tokens from the cache .*said by server`),
    );
    assert.match(answer.texts.join(), new RegExp(`session ${String(sessionId)}`));
  });

  it('answer a question after a thaw, of at most maxTokens', async () => {
    const { tools, freeze } = await open();
    const { window } = await freeze();
    const input = { windowId: window.id, continueWith: 'And then?', maxTokens: 1 };
    const { reply, continuation } = Thawed.parse(await tools.answer('window_thaw', input));
    assert.ok(reply !== undefined && reply !== '');
    assert.equal(z.looseObject({ completionTokens: z.number() }).parse(continuation).completionTokens, 1);
  });

  it('ask the question of another server when one breaks off in the middle, unless somebody listens', async () => {
    const [a, b] = await Promise.all([standinFor(), standinFor()]);
    const directory = temporaryContext();
    const frozen = await openTools({ directory, connect: to(a) }).answer('window_freeze', { messages });
    const { window } = Frozen.parse(frozen);
    a.faults.set({ kind: 'streamReset', after: 3 }, { path: '/v1/completions' });
    const endpoints = endpointsAt([a.url, b.url]);
    const connect = () => Promise.resolve(endpoints);
    const input = { windowId: window.id, continueWith: 'And then?', maxTokens: 20 };
    const pieces: string[] = [];
    const listening = openTools({ directory, connect, onText: (piece) => pieces.push(piece) });
    assert.equal((await listening.refusal('window_thaw', input)).code, 'PF-5007');
    assert.ok(pieces.length > 0);
    const answer = await openTools({ directory, connect }).answer('window_thaw', input);
    const { endpoint, reply } = Thawed.parse(answer);
    assert.ok(endpoint === b.url && reply !== undefined);
  });

  it('name where the conversation can still be read when the server cannot thaw it', async () => {
    const { tools, freeze, standin } = await open();
    const { window } = await freeze({ name: 'Glacier' });
    const read = new RegExp(` permafrost://windows/${window.id}\\.$`);
    await standin.close();
    const away = await tools.refusal('window_thaw', { name: 'Glacier' });
    assert.deepEqual([away.code, away.retryable], ['PF-5002', true]);
    assert.match(away.hint ?? '', read);
    const other = openTools({
      directory: tools.directory,
      connect: to(await standinFor({ model: 'other', root: 'other' })),
    });
    const unserved = await other.refusal('window_thaw', { name: 'Glacier' });
    assert.equal(unserved.code, 'PF-7001');
    assert.match(unserved.hint ?? '', read);
  });

  it('list sessions and windows in pages, and fit them into a budget', async () => {
    const { tools, freeze } = await open();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await freeze({ name });
    const first = Windows.parse(await tools.answer('window_list', { limit: 4 }));
    assert.deepEqual([first.total, first.windows.map(({ name }) => name)], [6, ['f', 'e', 'd', 'c']]);
    const rest = Windows.parse(await tools.answer('window_list', { cursor: first.nextCursor }));
    assert.deepEqual(
      rest.windows.map(({ name }) => name),
      ['b', 'a'],
    );
    assert.equal(rest.nextCursor, undefined);
    const small = Windows.parse(await tools.answer('window_list', { maxTokens: 300 }));
    assert.ok(small.windows.length < 6 && small.nextCursor !== undefined);
    const sessions = Sessions.parse(await tools.answer('session_list', { state: 'frozen', limit: 2 }));
    assert.deepEqual([sessions.total, sessions.sessions.length], [6, 2]);
    assert.equal(Sessions.parse(await tools.answer('session_list', { state: 'active' })).total, 0);
  });

  it('page through what has all of the most and longest tags there may be', async () => {
    const tools = openAlone();
    const tags = Array.from({ length: 50 }, (_, n) => String.fromCodePoint(0x1f300 + n).repeat(64));
    for (const name of ['a', 'b']) await tools.answer('window_freeze', { messages, name, tags });
    const first = Windows.parse(await tools.answer('window_list', { tags, limit: 1 }));
    const input = { tags, limit: 1, cursor: first.nextCursor };
    const rest = Windows.parse(await tools.answer('window_list', input));
    const all = [...first.windows, ...rest.windows];
    assert.deepEqual([all.map(({ name }) => name), rest.nextCursor], [['b', 'a'], undefined]);
  });

  it('show one window with its facts, and what the server has of it', async () => {
    const { tools, freeze } = await open();
    const { window } = await freeze({ name: 'Glacier' });
    const answer = await tools.call('window_status', { windowId: window.id, checkServer: true });
    assert.ok(!answer.isError);
    assert.match(String(answer.structuredContent['lastBlockHash']), /^[0-9a-f]{64}$/);
    assert.match(
      answer.texts.join(),
      /"Glacier".*\n.*vLLM 0\.32\.0[^]*Frozen session: .*\nServer http.*: .*blocks[^]*check sent \d+ tokens in \d requests, of which the server computed/,
    );
    assert.doesNotMatch(JSON.stringify(answer), /salt/i); // who has the salt can find out what is cached under it
  });

  it('clone a window, and show where it belongs', async () => {
    const { tools, freeze } = await open();
    const { window } = await freeze({ name: 'Glacier', description: 'Cold', tags: ['ice'] });
    const answer = await tools.call('window_clone', {
      name: 'Glacier',
      newName: 'Icefall',
      description: 'Steep',
    });
    assert.ok(!answer.isError);
    const { window: clone } = Cloned.parse(answer.structuredContent);
    assert.deepEqual(
      [clone.name, clone.description, clone.parentId, clone.clonedFrom, clone.sessionId],
      ['Icefall', 'Steep', window.id, window.id, window.sessionId],
    );
    const tree = [
      { id: window.id, name: 'Glacier', parentId: null, origin: 'root', depth: 0, archived: false },
      { id: clone.id, name: 'Icefall', parentId: window.id, origin: 'clone', depth: 1, archived: false },
    ];
    assert.deepEqual([clone.lineage.tree, clone.lineage.treeTotal], [tree, 2]);
    assert.match(answer.texts.join(), /Lineage:\n- "Glacier" .*\n {2}- "Icefall" .* \(clone\) <- this one/);
    const status = await tools.answer('window_status', { windowId: window.id });
    assert.deepEqual(Cloned.shape.window.shape.lineage.parse(status['lineage']).tree, tree);
    const listed = Windows.parse(await tools.answer('window_list', {})).windows;
    assert.deepEqual(
      listed.map(({ name, parentId, clonedFrom }) => [name, parentId, clonedFrom]),
      [
        ['Icefall', window.id, window.id],
        ['Glacier', null, undefined],
      ],
    );
    assert.equal(
      (await tools.refusal('window_clone', { name: 'Glacier', newName: 'Icefall' })).code,
      'PF-3002',
    );
  });

  it('show as much of where a window belongs as the budget holds, and how much there is', async () => {
    const tools = openAlone();
    await tools.answer('window_freeze', { messages, name: 'Glacier' });
    for (let clone = 0; clone < 30; clone++)
      await tools.answer('window_clone', { name: 'Glacier', newName: `Icefall ${clone}` });
    for (let thaw = 0; thaw < 25; thaw++) await tools.answer('window_thaw', { name: 'Glacier' });
    const show = async (input: object) => {
      const answer = await tools.call('window_status', { name: 'Glacier', ...input });
      assert.ok(!answer.isError);
      const { children, childrenTotal, thawedSessions, thawedTotal, tree, treeTotal } = Belonging.parse(
        answer.structuredContent['lineage'],
      );
      const shown = [children.length, thawedSessions.length, tree.length];
      assert.deepEqual([childrenTotal, thawedTotal, treeTotal], [30, 25, 31]);
      return { shown, text: answer.texts.join(), length: JSON.stringify(answer.structuredContent).length };
    };
    const whole = await show({});
    assert.deepEqual(whole.shown, [30, 20, 31]);
    assert.match(whole.text, /\nand 5 earlier thawed sessions/);
    const cut = await show({ maxTokens: 1_000 });
    assert.ok(cut.length <= 4_000 && cut.shown.every((rows) => rows > 0));
    assert.match(cut.text, /\nand \d+ more\n[^]*\nand \d+ earlier thawed sessions/);
    const input = { name: 'Glacier', newName: 'Last', maxTokens: 1_000 };
    assert.ok(JSON.stringify(await tools.answer('window_clone', input)).length <= 4_000);
  });

  it('list windows by state and by when they were frozen', async () => {
    const { tools, freeze } = await open();
    for (const name of ['Thawed', 'Frozen', 'Archived']) await freeze({ name });
    await tools.answer('window_thaw', { name: 'Thawed' });
    await tools.answer('window_delete', { name: 'Archived' });
    const names = async (query: object) =>
      Windows.parse(await tools.answer('window_list', query)).windows.map(({ name }) => name);
    assert.deepEqual(await names({ state: 'thawed' }), ['Thawed']);
    assert.deepEqual(await names({ state: 'frozen' }), ['Frozen']);
    assert.deepEqual(await names({ state: 'archived' }), ['Archived']);
    assert.deepEqual(await names({ since: '2020-01-01T00:00:00Z' }), ['Frozen', 'Thawed']);
    assert.deepEqual(await names({ until: '2020-01-01T00:00:00+02:00' }), []);
  });

  it('delete a window with its clones only when told to', async () => {
    const { tools, freeze } = await open();
    const { window } = await freeze({ name: 'Glacier' });
    const { window: clone } = Cloned.parse(
      await tools.answer('window_clone', { name: 'Glacier', newName: 'Icefall' }),
    );
    const refusal = await tools.refusal('window_delete', { name: 'Glacier' });
    assert.equal(refusal.code, 'PF-3005');
    assert.match(refusal.text, new RegExp(`"Icefall" \\(${clone.id}\\).*cascade: true`));
    const input = { name: 'Glacier', cascade: true };
    assert.deepEqual(await tools.answer('window_delete', input), { archived: [window.id, clone.id] });
    const forGood = { windowId: window.id, cascade: true, permanent: true };
    assert.deepEqual(await tools.answer('window_delete', forGood), {
      deleted: [window.id, clone.id],
      keptSessions: [window.sessionId], // active since the window was archived
    });
  });

  it('delete a window softly, whose name is free again, and for good', async () => {
    const { tools, freeze } = await open();
    const { window } = await freeze({ name: 'Glacier' });
    assert.deepEqual(await tools.answer('window_delete', { name: 'Glacier' }), { archived: [window.id] });
    assert.equal(Windows.parse(await tools.answer('window_list', {})).total, 0);
    await freeze({ name: 'Glacier' });
    const input = { windowId: window.id, permanent: true, cascade: true };
    const keptSessions = [window.sessionId];
    assert.deepEqual(await tools.answer('window_delete', input), { deleted: [window.id], keptSessions });
    const { window: other } = await freeze({ name: 'Icefall' });
    const answer = await tools.call('window_delete', { name: 'Icefall', permanent: true });
    assert.ok(!answer.isError);
    const deleted = { deleted: [other.id], deletedSessions: [other.sessionId] };
    assert.deepEqual(answer.structuredContent, deleted);
    assert.match(answer.texts.join(), new RegExp(`with what was said in the session ${other.sessionId}`));
    assert.equal((await tools.refusal('window_status', { windowId: window.id })).code, 'PF-2003');
  });

  it('freeze and thaw as text where no server is configured, and say so', async () => {
    const tools = openAlone();
    const { window, notes } = Frozen.parse(await tools.answer('window_freeze', { messages, name: 'Text' }));
    assert.match(notes.join(), /No vLLM endpoint/);
    assert.equal(window.promptTokens, null);
    const answer = await tools.call('window_thaw', { name: 'Text' });
    assert.ok(!answer.isError);
    const thawed = Thawed.parse(answer.structuredContent);
    assert.equal(thawed.status, 'text_only');
    assert.deepEqual(thawed.messages, messages);
    assert.match(answer.texts.join(), /\[user\] Question 0.*\n\[assistant\] Answer 0/);
    const cut = Thawed.parse(await tools.answer('window_thaw', { name: 'Text', maxTokens: 60 }));
    assert.deepEqual(cut.messages, messages.slice(cut.omittedMessages));
    assert.ok((cut.omittedMessages ?? 0) > 0 && (cut.messages?.length ?? 0) > 0);
  });

  it('pass on what a message has besides its text', async () => {
    const tools = openAlone();
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const said = [
      asks('Look'), { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'c1', content: 'snow' }, says(''),
    ]; // prettier-ignore
    await tools.answer('window_freeze', { messages: said, name: 'Calls' });
    assert.deepEqual(Thawed.parse(await tools.answer('window_thaw', { name: 'Calls' })).messages, said);
  });

  it('let other contexts be looked at and not be written', async () => {
    const { tools, freeze } = await open(temporaryContext({ id: 'other', name: 'Other' }));
    await freeze({ name: 'Glacier' });
    const neighbour = openTools({ allowed: [tools.directory] });
    assert.equal(Windows.parse(await neighbour.answer('window_list', { context: 'Other' })).total, 1);
    assert.equal(
      (await neighbour.refusal('window_thaw', { context: 'Other', name: 'Glacier' })).code,
      'PF-8005',
    );
  });

  const long = (length: number) => 'x'.repeat(length);
  const BAD: Record<string, [tool: string, input: object, message: RegExp]> = {
    'nothing to freeze': ['window_freeze', {}, /neither sessionId nor messages/],
    'no messages': ['window_freeze', { messages: [] }, /no messages to freeze/],
    'messages and a session': ['window_freeze', { messages, sessionId: 'x' }, /do not go with sessionId/],
    'a model for a session': ['window_freeze', { sessionId: 'x', model: 'm' }, /do not go with sessionId/],
    'messages of another kind': ['window_freeze', { messages: ['Hi'] }, /messages\[0\]/],
    'a message without a role': ['window_freeze', { messages: [{ content: 'Hi' }] }, /messages\[0\]\.role/],
    'a message without content': ['window_freeze', { messages: [{ role: 'user' }] }, /content is missing/],
    'content of another kind': [
      'window_freeze',
      { messages: [{ role: 'user', content: 7 }] },
      /content has to be text/,
    ],
    'a lone surrogate': ['window_freeze', { messages: [asks('\ud800')] }, /lone surrogate/],
    'a NUL': ['window_freeze', { messages: [asks('a\0b')] }, /NUL/],
    'too many messages': [
      'window_freeze',
      { messages: Array.from({ length: 10_001 }, () => asks('x')) },
      /10000/,
    ],
    'tools that are no objects': ['window_freeze', { messages, tools: ['x'] }, /tools\[0\]/],
    'a name of two lines': ['window_freeze', { messages, name: 'a\nb' }, /name has a line break/],
    'a name with blanks around it': ['window_freeze', { messages, name: ' a' }, /name has blanks around it/],
    'a blank name': ['window_freeze', { messages, name: '  ' }, /name is blank/],
    'a long name': ['window_freeze', { messages, name: long(201) }, /name has to have 1 to 200/],
    'a long description': ['window_freeze', { messages, description: long(2_001) }, /description/],
    'an empty tag': ['window_freeze', { messages, tags: [''] }, /tags\[0\]/],
    'messages too deep': [
      'window_freeze',
      { messages: [{ ...asks('x'), x: deep(5_000) }] },
      /100 levels deep/,
    ],
    'tools too deep': ['window_freeze', { messages, tools: [{ x: deep(20_000) }] }, /100 levels deep/],
    'an unknown field': ['window_freeze', { messages, nmae: 'x' }, /unknown field "nmae"/],
    'no window to thaw': ['window_thaw', {}, /either windowId or name/],
    'two windows to thaw': ['window_thaw', { windowId: 'a', name: 'b' }, /either windowId or name/],
    'an empty question': ['window_thaw', { name: 'a', continueWith: '' }, /continueWith/],
    'no tokens for the answer': ['window_thaw', { name: 'a', maxTokens: 0 }, /maxTokens/],
    'an unknown order': ['window_list', { sort: 'color' }, /sort/],
    'a page too long': ['window_list', { limit: 501 }, /limit/],
    'a cursor from nowhere': ['window_list', { cursor: 'abc' }, /cursor does not belong/],
    'an unknown state': ['session_list', { state: 'liquid' }, /state/],
    'an empty page': ['session_list', { limit: 0 }, /limit/],
    'a status of nothing': ['window_status', {}, /either windowId or name/],
    'a check that is no yes or no': ['window_status', { name: 'a', checkServer: 'yes' }, /checkServer/],
    'a clone without a name': ['window_clone', { name: 'a' }, /newName/],
    'a clone of nothing': ['window_clone', { newName: 'b' }, /either windowId or name/],
    'a clone with a name of two lines': [
      'window_clone',
      { name: 'a', newName: 'a\nb' },
      /name has a line break/,
    ],
    'a clone with a blank name': ['window_clone', { name: 'a', newName: ' ' }, /name is blank/],
    'a state that no window has': ['window_list', { state: 'liquid' }, /state/],
    'a time that is none': ['window_list', { since: 'yesterday' }, /since/],
    'a deletion of nothing': ['window_delete', {}, /either windowId or name/],
  };
  for (const [what, [tool, input, message]] of Object.entries(BAD)) {
    it(`refuse ${what}`, async () => {
      const tools = openAlone();
      const refusal = await tools.refusal(tool, input);
      assert.equal(refusal.code, 'PF-1001');
      assert.match(refusal.message, message);
      assert.equal(Windows.parse(await tools.answer('window_list', {})).total, 0);
    });
  }

  it('say what is not there', async () => {
    const tools = openAlone();
    for (const tool of ['window_thaw', 'window_status', 'window_delete', 'window_clone']) {
      const more = tool === 'window_clone' ? { newName: 'New' } : {};
      assert.equal((await tools.refusal(tool, { windowId: 'nope', ...more })).code, 'PF-2003');
      assert.equal((await tools.refusal(tool, { name: 'nope', ...more })).code, 'PF-2003');
    }
    assert.equal((await tools.refusal('window_freeze', { sessionId: 'nope' })).code, 'PF-2004');
  });
});
