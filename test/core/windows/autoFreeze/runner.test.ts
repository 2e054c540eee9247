import assert from 'node:assert/strict';
import { writeFailed, type PermafrostError } from '../../../../src/core/errors.ts';
import type { Outcome } from '../../../../src/core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../../../../src/core/windows/autoFreeze/outcomeText.ts';
import { AutoFreezeRunner } from '../../../../src/core/windows/autoFreeze/runner.ts';
import { Windows } from '../../../../src/core/windows/windows.ts';
import { idFactory } from '../../../../src/core/ids.ts';
import { openStore } from '../../store/openStore.ts';
import { asks, conversation, standinFor, to } from '../openWindows.ts';

const MINUTE = 60_000;

const ended: (() => void)[] = [];

afterEach(() => ended.splice(0).forEach((end) => end()));

/** A context that a runner looks after, its clock, and what the runner tells. */
async function open() {
  const standin = await standinFor({ maxModelLen: 100 });
  const store = openStore();
  const clock = { at: Date.UTC(2026, 10, 20) };
  const now = () => clock.at;
  const windows = new Windows({ store, now, newId: idFactory(), connect: to(standin) });
  windows.autoFreeze.configure({ enabled: true });
  const runs: (readonly Outcome[])[] = [];
  const failures: PermafrostError[] = [];
  let look = () => {};
  const runner = new AutoFreezeRunner({
    store,
    windows,
    now,
    onRun: (outcomes) => runs.push(outcomes),
    onFailure: (error) => failures.push(error),
    every: (_ms, work) => {
      look = work;
      return () => (look = () => {});
    },
  });
  ended.push(() => runner.dispose());
  return {
    standin,
    store,
    windows,
    runner,
    runs,
    failures,
    /** Lets the timer come after so many minutes. */
    after: async (minutes: number) => {
      clock.at += minutes * MINUTE;
      look();
      await runner.settled();
    },
    /** Records a turn of so many tokens. */
    say: async (tokens: number, sessionId?: string) => {
      const tokenIds = Array.from({ length: tokens }, (_, n) => n);
      const turn = { messages: conversation(1), tokenIds };
      const where = { model: standin.model, endpoint: standin.url };
      const id = sessionId ?? windows.sessions.start(where, turn).id;
      if (sessionId !== undefined) windows.sessions.recordTurn(windows.sessions.get(id), turn);
      await new Promise(setImmediate);
      await runner.settled();
      return id;
    },
  };
}

describe('the runner of auto-freeze', () => {
  it('freezes after the turn that fills the window, and not before', async () => {
    const { say, windows, runs } = await open();
    const id = await say(50);
    assert.deepEqual([runs.length, windows.list({ limit: 1 }).total], [0, 0]);
    await say(80, id);
    assert.deepEqual(
      runs.map((outcomes) => outcomes.map(({ kind }) => kind)),
      [['frozen']],
    );
    assert.equal(windows.list({ limit: 1 }).total, 1);
  });

  it('freezes after a thaw that went on at once', async () => {
    const { windows, runner, runs } = await open();
    windows.autoFreeze.configure({ fillPercent: 1, cooldownMinutes: 0 });
    const { id: windowId } = await windows.freeze({ messages: [asks('Cold?')] });
    const { sessionId } = await windows.thaw({ windowId }, { replyTokens: 1, continueWith: 'Now?' });
    await new Promise(setImmediate);
    await runner.settled();
    assert.deepEqual(
      runs.flat().map(({ kind, decision }) => [kind, decision.session.id]),
      [['frozen', sessionId]],
    );
  });

  it('freezes by the clock what became idle, and asks nobody in between', async () => {
    const { say, after, runs, store } = await open();
    await say(50);
    const { uses } = store;
    await after(59);
    assert.equal(store.uses, uses);
    await after(1);
    assert.deepEqual(
      runs.flat().map(({ decision }) => decision.kind),
      ['idle'],
    );
  });

  it('decides after a turn on its session alone, and by the clock on those that it makes due', async () => {
    const { say, after, windows } = await open();
    windows.autoFreeze.configure({ idleMinutes: 50 });
    const [first, second] = [await say(50), await say(50)];
    const decided: string[][] = [];
    const run = windows.autoFreeze.run.bind(windows.autoFreeze);
    windows.autoFreeze.run = async (...asked) => {
      const outcomes = await run(...asked);
      decided.push(outcomes.map(({ decision }) => decision.session.id));
      return outcomes;
    };
    await say(60, first);
    assert.deepEqual(decided.splice(0), [[first]]);
    await after(30);
    await say(70, first);
    assert.deepEqual(decided.splice(0), [[first]]);
    await after(20);
    assert.deepEqual(decided.splice(0), [[second]]);
    windows.autoFreeze.configure({ idleMinutes: 30 });
    await say(71, second);
    assert.deepEqual(decided, [[second, first]]);
  });

  it('decides on all again when another process has changed the policy', async () => {
    const { say, windows, standin, store, runs } = await open();
    windows.autoFreeze.configure({ enabled: false });
    await say(80);
    const other = new Windows({ store, now: () => 0, newId: idFactory(), connect: to(standin) });
    other.autoFreeze.configure({ enabled: true });
    await say(50);
    assert.deepEqual(
      runs.flat().map(({ kind }) => kind),
      ['left', 'frozen'],
    );
  });

  it('looks after any number of sessions', async () => {
    const { say, after, windows, failures, runs } = await open();
    await say(50);
    const [left] = await windows.autoFreeze.run();
    assert.ok(left !== undefined);
    const many = Array.from({ length: 200_000 }, () => left);
    const run = windows.autoFreeze.run.bind(windows.autoFreeze);
    windows.autoFreeze.run = () => Promise.resolve(many);
    await say(50);
    windows.autoFreeze.run = run;
    await after(60);
    assert.deepEqual([failures, runs.length], [[], 1]);
  });

  it('begins at once when the policy is turned on', async () => {
    const { say, windows, runs, runner } = await open();
    windows.autoFreeze.configure({ enabled: false });
    await say(80);
    assert.equal(runs.length, 0);
    windows.autoFreeze.configure({ enabled: true });
    await new Promise(setImmediate);
    await runner.settled();
    assert.equal(runs.length, 1);
  });

  it('tries again, later and later, while the server is away, and tells nobody but those who ask', async () => {
    const { say, after, runs, failures, standin } = await open();
    const id = await say(50);
    standin.faults.set({ kind: 'status', status: 500 }, { path: '/tokenize' });
    await say(80, id);
    const tries = async (minutes: number) => {
      const before = runs.length;
      for (let minute = 0; minute < minutes; minute++) await after(1);
      return runs
        .slice(before)
        .flat()
        .map(({ kind }) => kind);
    };
    assert.deepEqual(await tries(14), ['failed', 'failed', 'failed']);
    standin.faults.clear();
    assert.deepEqual(await tries(30), ['frozen']);
    assert.deepEqual(failures, []);
  });

  it('finds within the hour what another process left behind', async () => {
    const { after, windows, store, standin, runs } = await open();
    await after(0);
    const other = new Windows({ store, now: () => 0, newId: idFactory(), connect: to(standin) });
    const tokenIds = Array.from({ length: 80 }, (_, n) => n);
    other.sessions.start(
      { model: standin.model, endpoint: standin.url },
      { messages: conversation(1), tokenIds },
    );
    await after(59);
    assert.equal(runs.length, 0);
    await after(1);
    assert.equal(windows.list({ limit: 1 }).total, 1);
  });

  it('rests when the context cannot be written, and goes on later', async () => {
    const { say, after, windows, runs, failures } = await open();
    const id = await say(50);
    const run = windows.autoFreeze.run.bind(windows.autoFreeze);
    Object.assign(windows.autoFreeze, { run: () => Promise.reject(new Error('the disk is full')) });
    await say(80, id);
    await say(81, id);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['PF-9001'],
    );
    Object.assign(windows.autoFreeze, { run });
    await after(9);
    assert.equal(runs.length, 0);
    await after(1);
    assert.equal(runs.length, 1);
  });

  it('tells what was frozen though it cannot be noted what was not, and rests then', async () => {
    const { say, after, windows, store, standin, runs, failures } = await open();
    windows.autoFreeze.configure({ enabled: false });
    await say(80);
    const where = { model: 'elsewhere', endpoint: standin.url };
    windows.sessions.start(where, { messages: conversation(1) });
    const write = store.write.bind(store);
    let writes = 0;
    store.write = (change) => {
      // After the policy and the window.
      if (++writes > 2) throw writeFailed('00000009.tx', new Error('ENOSPC'));
      return write(change);
    };
    windows.autoFreeze.configure({ enabled: true, idleMinutes: 1 });
    await after(2);
    assert.equal(windows.list({ limit: 1 }).total, 1);
    assert.deepEqual(
      runs.flat().map(({ kind }) => kind),
      ['failed', 'frozen'],
    );
    const [failed] = runs.flat();
    assert.match(failed === undefined ? '' : outcomeText(failed), /PF-7001: .* not be noted: PF-4005: /);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['PF-4005'],
    );
    await after(9);
    assert.equal(runs.length, 1);
  });

  it('gives up what it is doing when it is disposed of, and tells nothing more', async () => {
    const { say, windows, runner, runs, failures, standin } = await open();
    standin.faults.set({ kind: 'hang' }, { path: '/tokenize' });
    const talking = say(80);
    await new Promise((resolve) => setTimeout(resolve, 50));
    runner.dispose();
    await talking;
    assert.deepEqual([runs, failures, windows.list({ limit: 1 }).total], [[], [], 0]);
  });
});
