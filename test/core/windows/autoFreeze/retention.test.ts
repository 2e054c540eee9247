import assert from 'node:assert/strict';
import { tidySessions } from '../../../../src/core/windows/expiry.ts';
import type { Windows } from '../../../../src/core/windows/windows.ts';
import type { Standin } from '../../../vllm/standin/server.ts';
import { conversation } from '../openWindows.ts';
import { kindsOf, openAutoFreeze, talk } from './openAutoFreeze.ts';

describe('the retention of auto-freeze', () => {
  /** Freezes so many conversations by itself, one after the other; gives their windows. */
  async function freezeEach(windows: Windows, standin: Standin, many: number) {
    const frozen: string[] = [];
    for (let n = 0; n < many; n++) {
      await talk(windows, standin, 6);
      for (const outcome of await windows.autoFreeze.run())
        if (outcome.kind === 'frozen') frozen.push(outcome.window.id);
    }
    return frozen;
  }

  const listed = (windows: Windows) => windows.list({ limit: 99 }).windows.map(({ id }) => id);

  it('archives those used least recently, and its sessions stay active', async () => {
    const { standin, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 2 });
    const [first = '', ...rest] = await freezeEach(windows, standin, 3);
    assert.deepEqual(listed(windows), rest.toReversed());
    assert.equal(windows.get({ windowId: first }).archived, true);
    assert.equal(windows.sessions.list({ state: 'active', limit: 9 }).total, 3);
    assert.deepEqual(await kindsOf(windows), ['unchanged', 'unchanged', 'unchanged']);
  });

  const TOUCHES: Record<string, (windows: Windows, windowId: string) => unknown> = {
    thawed: (windows, windowId) => windows.thaw({ windowId }, { replyTokens: 1 }),
    cloned: (windows, windowId) => windows.clone({ windowId }, { name: 'Clone' }),
    renamed: (windows, windowId) => windows.change({ windowId }, { name: 'Mine' }),
    described: (windows, windowId) => windows.change({ windowId }, { description: 'Mine' }),
    tagged: (windows, windowId) => windows.change({ windowId }, { tags: ['mine'] }),
    'deleted and brought back': (windows, windowId) => windows.unarchive(windows.archive({ windowId })),
  };
  for (const [what, touch] of Object.entries(TOUCHES)) {
    it(`never takes a window that a person has ${what}`, async () => {
      const { standin, windows } = await openAutoFreeze();
      windows.autoFreeze.configure({ maxKept: 1 });
      const [touched = ''] = await freezeEach(windows, standin, 1);
      await touch(windows, touched);
      const [second = '', third = ''] = await freezeEach(windows, standin, 2);
      assert.equal(windows.get({ windowId: touched }).archived, false);
      assert.deepEqual(
        [second, third].map((id) => listed(windows).includes(id)),
        [false, true],
      );
    });
  }

  const DAY = 24 * 60;
  const has = (windows: Windows, windowId: string) => {
    try {
      return windows.get({ windowId }).id === windowId;
    } catch {
      return false;
    }
  };

  /** Until what was archived up to now is to be deleted with the next freeze. */
  async function aWeekLater(
    clock: { forward: (minutes: number) => void },
    windows: Windows,
    standin: Standin,
  ) {
    clock.forward(8 * DAY);
    await freezeEach(windows, standin, 1);
    clock.forward(DAY);
  }

  it('deletes for good what it archived a week ago, whose session is still not frozen again', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const [first = '', second = ''] = await freezeEach(windows, standin, 2);
    clock.forward(7 * DAY);
    const [third = ''] = await freezeEach(windows, standin, 1);
    clock.forward(DAY);
    await freezeEach(windows, standin, 1);
    assert.deepEqual(
      [first, second].map((id) => has(windows, id)),
      [true, true],
    );
    clock.forward(1);
    await freezeEach(windows, standin, 1);
    clock.forward(DAY);
    await freezeEach(windows, standin, 1);
    assert.deepEqual(
      [first, second, third].map((id) => has(windows, id)),
      [false, true, true],
    );
    windows.autoFreeze.configure({ maxKept: 9 });
    assert.deepEqual(new Set(await kindsOf(windows)), new Set(['unchanged']));
  });

  it('deletes nothing early by a clock that jumps ahead and is put right within a day', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const frozen = await freezeEach(windows, standin, 3);
    clock.forward(400 * DAY);
    frozen.push(...(await freezeEach(windows, standin, 2)));
    clock.forward(DAY / 2);
    frozen.push(...(await freezeEach(windows, standin, 2)));
    clock.forward(-400 * DAY);
    for (let day = 0; day < 7; day++) {
      frozen.push(...(await freezeEach(windows, standin, 1)));
      clock.forward(DAY);
    }
    assert.deepEqual(
      frozen.filter((id) => !has(windows, id)),
      [],
    );
    assert.equal(listed(windows).length, 1);
  });

  it('deletes twenty windows at most in a commit', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const frozen = await freezeEach(windows, standin, 23);
    await aWeekLater(clock, windows, standin);
    const left = () => frozen.filter((id) => has(windows, id)).length;
    await freezeEach(windows, standin, 1);
    assert.equal(left(), 3);
    await freezeEach(windows, standin, 1);
    assert.equal(left(), 1);
  });

  const TOUCHES_OF_ARCHIVED: typeof TOUCHES = {
    ...TOUCHES,
    'brought back': (windows, windowId) => windows.unarchive([windowId]),
    'brought back and deleted': (windows, windowId) => {
      windows.unarchive([windowId]);
      windows.archive({ windowId });
    },
  };
  for (const [what, touch] of Object.entries(TOUCHES_OF_ARCHIVED)) {
    it(`never deletes a window for good that a person has ${what}`, async () => {
      const { standin, clock, windows } = await openAutoFreeze();
      windows.autoFreeze.configure({ maxKept: 1 });
      const [touched = '', , other = ''] = await freezeEach(windows, standin, 4);
      await touch(windows, touched);
      // What was archived again in the first week would be deleted in the second.
      for (let week = 0; week < 2; week++) await aWeekLater(clock, windows, standin);
      await freezeEach(windows, standin, 1);
      assert.deepEqual([has(windows, touched), has(windows, other)], [true, false]);
    });
  }

  it('keeps of what it forgot no more than the last note of each session, while that is there', async () => {
    const { standin, clock, store, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ cooldownMinutes: 0 });
    const notes = () => store.read((view) => view.all('SELECT session, turn FROM auto_freezes'));
    const id = await talk(windows, standin, 6);
    for (const turns of [6, 7]) {
      await windows.autoFreeze.run();
      await talk(windows, standin, turns, id);
    }
    for (const windowId of listed(windows)) windows.deleteForGood({ windowId });
    assert.deepEqual(notes(), [{ session: id, turn: 2 }]);
    await windows.autoFreeze.run();
    assert.deepEqual(notes(), [{ session: id, turn: 3 }]);
    for (const windowId of listed(windows)) windows.deleteForGood({ windowId });
    standin.faults.set({ kind: 'status', status: 500 }, { path: '/v1/completions' });
    await talk(windows, standin, 7, id);
    await windows.autoFreeze.run();
    const failures = () => store.read((view) => view.all('SELECT session FROM auto_freeze_failures'));
    assert.deepEqual([notes(), failures()], [[{ session: id, turn: 3 }], [{ session: id }]]);
    for (let look = 0; look < 2; look++) {
      clock.forward(11 * DAY);
      store.write((tx) => tidySessions(tx, clock.at, 10));
    }
    assert.deepEqual([notes(), failures()], [[], []]);
  });

  it('never takes a window that a person froze', async () => {
    const { standin, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const mine = await windows.freeze({ messages: conversation(2) });
    await freezeEach(windows, standin, 2);
    assert.ok(listed(windows).includes(mine.id));
  });

  it('leaves all windows that a person asked for before a stop, and counts none of them', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const [before = ''] = await freezeEach(windows, standin, 1);
    for (let n = 0; n < 3; n++) await talk(windows, standin, 1);
    const outcomes = await windows.autoFreeze.run({ stopping: true });
    const frozen = outcomes.flatMap((outcome) => (outcome.kind === 'frozen' ? [outcome.window.id] : []));
    assert.equal(frozen.length, 3);
    assert.ok(listed(windows).includes(before));
    for (let week = 0; week < 3; week++) await aWeekLater(clock, windows, standin);
    assert.deepEqual(
      [before, ...frozen].map((id) => listed(windows).includes(id)),
      [false, true, true, true],
    );
    assert.deepEqual((await kindsOf(windows)).slice(-3), ['unchanged', 'unchanged', 'unchanged']);
  });

  it('leaves a window in the list that a person has brought back after it was archived', async () => {
    const { standin, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 1 });
    const [restored = '', second = ''] = await freezeEach(windows, standin, 2);
    windows.unarchive([restored]);
    const [third = ''] = await freezeEach(windows, standin, 1);
    assert.deepEqual(
      [restored, second, third].map((id) => listed(windows).includes(id)),
      [true, false, true],
    );
  });

  it('freezes no session when a person deletes such a window and brings it back', async () => {
    const { standin, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    const [outcome] = await windows.autoFreeze.run();
    const windowId = outcome?.kind === 'frozen' ? outcome.window.id : '';
    windows.unarchive(windows.archive({ windowId }));
    assert.equal(windows.get({ windowId }).archived, false);
    assert.equal(windows.sessions.get(id).state, 'active');
    await talk(windows, standin, 7, id);
    assert.equal(windows.sessions.get(id).turnCount, 2);
  });

  it('is not undone: what a person deleted is not frozen again until something is said', async () => {
    const { standin, windows, clock } = await openAutoFreeze();
    const [windowId = ''] = await freezeEach(windows, standin, 1);
    windows.archive({ windowId });
    clock.forward(120);
    assert.deepEqual(await kindsOf(windows), ['unchanged']);
  });

  it('undoes no deletion of what a person froze either', async () => {
    const { standin, windows, clock } = await openAutoFreeze();
    windows.autoFreeze.configure({ enabled: true, fillPercent: 1 });
    const sessionId = await talk(windows, standin, 6);
    const { id: windowId } = await windows.freeze({ sessionId });
    windows.archive({ windowId });
    clock.forward(120);
    assert.deepEqual(await kindsOf(windows), ['unchanged']);
    await talk(windows, standin, 7, sessionId);
    assert.deepEqual(await kindsOf(windows), ['full']);
  });
});
