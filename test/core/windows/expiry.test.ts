import assert from 'node:assert/strict';
import { idFactory } from '../../../src/core/ids.ts';
import { Windows } from '../../../src/core/windows/windows.ts';
import { openStore } from '../store/openStore.ts';
import { asks, nowhere, says } from './openWindows.ts';

const DAY = 24 * 60 * 60 * 1000;
const where = { model: 'tiny', endpoint: 'http://127.0.0.1:8000' };
const turn = { messages: [asks('How cold?'), says('Very.')] };

/** Windows whose clock is set by the test, and whose sessions are over after `days`. */
function openAt(days: number | undefined) {
  const store = openStore();
  const clock = { at: Date.UTC(2026, 0, 1) };
  const windows = new Windows({
    store,
    now: () => clock.at,
    newId: idFactory(),
    connect: nowhere,
    ...(days === undefined ? {} : { sessionDays: () => days }),
  });
  const count = (what: string) =>
    Number(store.read((view) => view.first(`SELECT count(*) AS n FROM ${what}`))?.['n']);
  return {
    store,
    windows,
    sessions: windows.sessions,
    count,
    begin: () => windows.sessions.start(where, turn).id,
    pass: (passed: number) => (clock.at += passed * DAY),
  };
}

describe('a session that nobody goes on with', () => {
  it('is over after the days that the setting says, when the next one begins', () => {
    const { sessions, begin, pass } = openAt(10);
    const first = begin();
    pass(6);
    const second = begin();
    pass(5);
    assert.equal(sessions.get(first).state, 'active'); // nothing runs by itself
    begin();
    assert.equal(sessions.get(first).state, 'expired');
    assert.equal(sessions.get(second).state, 'active');
    assert.deepEqual(sessions.get(first).messages, turn.messages);
  });

  it('is over when a conversation begins that names no session, but not when it goes on itself just then', () => {
    const { sessions, begin, pass } = openAt(10);
    const conversation = { ...where, template: {}, salt: 'salt' };
    const [asked, later] = [[asks('How high?')], [asks('How old?')]];
    const [goesOn = ''] = sessions.record({
      conversation,
      asked,
      turn: { messages: [...asked, says('High.')] },
    });
    const over = begin();
    pass(11);
    const more = [...asked, says('High.'), asks('And now?')];
    sessions.record(
      { conversation: { ...conversation, salt: 'other' }, asked: later, turn: { messages: later } },
      { conversation, asked: more, turn: { messages: more } },
    );
    assert.deepEqual(
      [over, goesOn].map((id) => sessions.get(id).state),
      ['expired', 'active'],
    );
  });

  it('is over by a thaw too, and one that a thaw began', async () => {
    const { windows, sessions, begin, pass } = openAt(10);
    await windows.freeze({ messages: turn.messages }, { name: 'Cold' });
    const { sessionId } = await windows.thaw({ name: 'Cold' }, { replyTokens: 1 });
    const active = begin();
    pass(11);
    const again = await windows.thaw({ name: 'Cold' }, { replyTokens: 1 });
    assert.deepEqual(
      [sessionId, active, again.sessionId].map((id) => sessions.get(id ?? '').state),
      ['expired', 'expired', 'thawed'],
    );
  });

  it('goes on for ever where the setting says 0, or nothing', () => {
    for (const days of [0, undefined]) {
      const { sessions, begin, pass } = openAt(days);
      const id = begin();
      pass(10_000);
      begin();
      assert.equal(sessions.get(id).state, 'active');
    }
  });

  it('is deleted with all its turns when it was over for as long again', () => {
    const { sessions, begin, pass, count } = openAt(10);
    const id = begin();
    pass(11);
    begin();
    pass(9);
    begin();
    assert.equal(sessions.get(id).state, 'expired');
    pass(2);
    begin();
    assert.throws(() => sessions.get(id), { code: 'PF-2004' });
    assert.equal(count('session_turns'), count('sessions'));
  });

  it('is not deleted by a clock that jumps ahead and comes back', () => {
    const { sessions, begin, pass } = openAt(10);
    const id = begin();
    pass(1_000);
    begin();
    begin();
    pass(-1_000);
    begin();
    assert.deepEqual([sessions.get(id).state, sessions.get(id).messages], ['expired', turn.messages]);
  });

  it('is taken with at most two hundred others, in the commit of the session that begins', () => {
    const { sessions, begin, pass, store, count } = openAt(10);
    for (let at = 0; at < 205; at++) sessions.start(where);
    pass(11);
    const before = store.position;
    begin();
    assert.equal(store.position, before + 1);
    assert.equal(count("sessions WHERE state = 'expired'"), 200);
    begin();
    assert.equal(count("sessions WHERE state = 'expired'"), 205);
  });
});

describe('a session that a window was made of', () => {
  it('stays while it is frozen, and while the window can still be brought back or is a source of clones', async () => {
    const { windows, sessions, begin, pass } = openAt(10);
    const [frozen, archived, cloned] = [begin(), begin(), begin()];
    await windows.freeze({ sessionId: frozen }, { name: 'Frozen' });
    await windows.freeze({ sessionId: archived }, { name: 'Archived' });
    await windows.freeze({ sessionId: cloned }, { name: 'Cloned' });
    windows.clone({ name: 'Cloned' }, { name: 'Clone' });
    windows.archive({ name: 'Archived' });
    for (let round = 0; round < 4; round++) {
      pass(11);
      begin();
    }
    assert.deepEqual(
      [frozen, archived, cloned].map((id) => [sessions.get(id).state, sessions.get(id).messages.length]),
      [
        ['frozen', 2],
        ['active', 2],
        ['frozen', 2],
      ],
    );
    windows.deleteForGood({ windowId: windows.list({ state: 'archived', limit: 1 }).windows[0]?.id ?? '' });
    pass(11);
    begin();
    assert.equal(sessions.get(archived).state, 'expired');
  });
});
