import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { Sessions } from '../../../src/core/windows/sessions.ts';
import { openStore, temporaryContext } from '../store/openStore.ts';
import { asks, conversation, endSessions, nowhere, says, windowsOf } from './openWindows.ts';

const where = { model: 'tiny', endpoint: 'http://127.0.0.1:8000' };

describe('a session', () => {
  const open = (directory = temporaryContext()) => windowsOf(openStore(directory), nowhere).sessions;

  it('begins active and empty, with a salt of its own', () => {
    const sessions = open();
    const [a, b] = [sessions.start(where), sessions.start(where)];
    assert.match(a.salt, /^[\w-]{43}$/);
    assert.notEqual(a.salt, b.salt);
    const { state, messages, tokenIds, salt } = sessions.get(a.id);
    assert.deepEqual(
      { state, messages, tokenIds, salt },
      { state: 'active', messages: [], tokenIds: null, salt: a.salt },
    );
  });

  it('keeps what was said in each turn, and takes its title from the first question', () => {
    const sessions = open();
    const { id } = sessions.start(where);
    const said = conversation(3);
    for (const turn of [1, 2, 3]) {
      sessions.recordTurn(sessions.get(id), {
        messages: said.slice(0, 2 * turn),
        tokenIds: [1, 2, 3, 4, 5].slice(0, turn + 1),
      });
    }
    const session = sessions.get(id);
    assert.deepEqual(session.messages, said);
    assert.deepEqual(session.tokenIds, [1, 2, 3, 4]);
    assert.equal(session.title, 'Question 0: how does the context window keep the snow cold…');
    assert.equal(session.messageCount, 6);
  });

  it('can begin with its first turn, in one commit, under the salt that this was asked with', () => {
    const store = openStore();
    const { sessions } = windowsOf(store, nowhere);
    const before = store.position;
    const messages = [asks('How cold?'), says('Very.')];
    const { id, salt } = sessions.start({ ...where, salt: 'given' }, { messages, tokenIds: [1, 2] });
    const session = sessions.get(id);
    assert.equal(store.position, before + 1);
    assert.deepEqual([salt, session.salt, session.title], ['given', 'given', 'How cold?']);
    assert.deepEqual([session.messages, session.tokenIds, session.turnCount], [messages, [1, 2], 1]);
  });

  it('that is damaged is gone on with in a branch under its salt, with all that was said and nobody else harmed', () => {
    const directory = temporaryContext();
    const store = openStore(directory);
    const { sessions } = windowsOf(store, nowhere);
    const long = [asks(`${'x'.repeat(20_000)}?`), says('Yes.')];
    const hurt = sessions.start(where, { messages: long });
    const other = sessions.start(where);
    for (const entry of fs.readdirSync(path.join(directory, 'blobs'), {
      recursive: true,
      withFileTypes: true,
    }))
      if (entry.isFile()) fs.writeFileSync(path.join(entry.parentPath, entry.name), 'damaged');
    const messages = [...long, asks('And?'), says('No.')];
    assert.throws(() => sessions.get(hurt.id), { code: 'PF-4003' });
    const turn = (salt: string, asked: typeof messages, said: typeof messages) => ({
      conversation: { ...where, salt, template: {} },
      asked,
      turn: { messages: said },
    });
    const [branch = '', unhurt] = sessions.record(
      turn(hurt.salt, messages.slice(0, 3), messages),
      turn(other.salt, [asks('Hi.')], [asks('Hi.'), says('Hello.')]),
    );
    assert.notEqual(branch, hurt.id);
    assert.deepEqual([sessions.get(branch).messages, sessions.get(branch).salt], [messages, hurt.salt]);
    assert.equal(sessions.get(unhurt ?? '').messageCount, 2);
    const third = sessions.recordTurn({ id: hurt.id, turnCount: 1 }, { messages });
    assert.deepEqual(sessions.get(third).messages, messages);
  });

  it('is after any turns what the last of them said', () => {
    const anyIds = fc.array(fc.nat({ max: 3 }), { maxLength: 8 });
    const turn = fc.record({
      texts: fc.array(fc.constantFrom('a', 'b'), { maxLength: 5 }),
      ids: fc.option(anyIds),
    });
    const sessions = open();
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 6 }), (turns) => {
        const { id } = sessions.start(where);
        for (const { texts, ids } of turns)
          sessions.recordTurn(sessions.get(id), { messages: texts.map(asks), tokenIds: ids ?? undefined });
        const last = turns.at(-1);
        assert.deepEqual(sessions.get(id).messages, last?.texts.map(asks));
        assert.deepEqual(sessions.get(id).tokenIds, last?.ids ?? null);
      }),
      { numRuns: 40 },
    );
  });

  it('is kept with large messages, for other processes and after a restart', () => {
    const directory = temporaryContext();
    const long = [asks('snow '.repeat(20_000)), says('ice')];
    const first = open(directory);
    const { id, salt } = first.start({
      ...where,
      title: 'Long',
      template: { tools: [{ type: 'function' }] },
    });
    first.recordTurn(first.get(id), {
      messages: long,
      tokenIds: Array.from({ length: 20_000 }, (_, n) => n),
    });
    const session = open(directory).get(id);
    assert.deepEqual(session.messages, long);
    assert.equal(session.tokenIds?.[19_999], 19_999);
    assert.equal(session.salt, salt);
    assert.deepEqual(session.template, { tools: [{ type: 'function' }] });
  });

  it('begins a branch under the same salt for a turn that was asked before it went on, was frozen or ended', async () => {
    const directory = temporaryContext();
    const [here, there] = [1, 2].map(() => windowsOf(openStore(directory), nowhere));
    assert.ok(here !== undefined && there !== undefined);
    const messages = (answer: string) => [...conversation(1), asks('And now?'), says(answer)];
    const MEANWHILE: Record<string, (id: string) => unknown> = {
      active: (id) => there.sessions.recordTurn(there.sessions.get(id), { messages: messages('B') }),
      frozen: (id) => there.freeze({ sessionId: id }),
      expired: () => endSessions(openStore(directory)),
    };
    for (const [state, happens] of Object.entries(MEANWHILE)) {
      const { id, salt } = here.sessions.start(where, { messages: conversation(1) });
      const asked = here.sessions.get(id);
      await happens(id);
      const before = here.sessions.get(id);
      const branch = here.sessions.get(here.sessions.recordTurn(asked, { messages: messages('A') }));
      assert.notEqual(branch.id, id);
      assert.deepEqual([branch.state, branch.salt, branch.title], ['active', salt, asked.title]);
      assert.deepEqual(branch.messages, messages('A'));
      assert.deepEqual(there.sessions.get(id), before);
      assert.equal(before.state, state);
      assert.equal(
        here.sessions.recordTurn(branch, { messages: [...branch.messages, asks('More')] }),
        branch.id,
      );
    }
  });

  it('is given its id before the transaction, which may run again', () => {
    const store = openStore();
    const write = store.write.bind(store);
    let isInside = false;
    const inside: typeof write = (change) =>
      write((tx) => {
        isInside = true;
        const written = change(tx);
        isInside = false;
        return written;
      });
    const newId = () => `id-${isInside}`;
    const sessions = new Sessions({ store: Object.assign(store, { write: inside }), now: Date.now, newId });
    const has = { ...where, template: {}, salt: 'salt' };
    assert.deepEqual(sessions.record({ conversation: has, asked: [], turn: { messages: [] } }), ['id-false']);
  });

  it('that is unknown takes no turn', () => {
    const unknown = { id: 'nope', turnCount: 0 };
    assert.throws(() => open().recordTurn(unknown, { messages: [] }), { code: 'PF-2004' });
  });

  it('is listed by state and model, the last changed first, page by page', () => {
    const store = openStore();
    const { sessions } = windowsOf(store, nowhere);
    const over = sessions.start(where).id;
    endSessions(store);
    const ids = [1, 2, 3, 4, 5].map((n) => sessions.start({ ...where, title: `Session ${n}` }).id);
    sessions.start({ ...where, model: 'other' });
    const [first = '', ...others] = ids;
    sessions.recordTurn(sessions.get(first), { messages: [asks('Again')] });
    const page = sessions.list({ model: 'tiny', limit: 2 });
    assert.deepEqual([page.total, page.sessions.map(({ id }) => id)], [6, [first, others.at(-1)]]);
    const rest = sessions.list({ model: 'tiny', limit: 10, cursor: page.nextCursor });
    assert.deepEqual(
      rest.sessions.map(({ id }) => id),
      [...others.slice(0, -1).toReversed(), over],
    );
    assert.equal(rest.nextCursor, undefined);
    assert.deepEqual(
      sessions.list({ state: 'expired', limit: 9 }).sessions.map(({ id }) => id),
      [over],
    );
    assert.throws(() => sessions.list({ limit: 2, cursor: page.nextCursor }), { code: 'PF-1001' });
  });
});
