import assert from 'node:assert/strict';
import type { Endpoints } from '../../../../src/core/vllm/endpoints/endpoints.ts';
import { DEFAULT_POLICY } from '../../../../src/core/windows/autoFreeze/policy.ts';
import { automaticWindowsIn } from '../../../../src/core/windows/autoFreeze/rows.ts';
import type { Standin } from '../../../vllm/standin/server.ts';
import { openStore, temporaryContext } from '../../store/openStore.ts';
import { conversation, endpointsAt, endSessions, nowhere, standinFor, to } from '../openWindows.ts';
import {
  checkAll,
  kindsOf,
  MAX_MODEL_LEN,
  names,
  openAutoFreeze,
  processOf,
  talk,
} from './openAutoFreeze.ts';

describe('the policy of auto-freeze', () => {
  it('is off until it is turned on, and the same for every process and after a restart', () => {
    const directory = temporaryContext();
    const [here, there] = [openStore(directory), openStore(directory)].map((store) =>
      processOf(store, Date.now, nowhere),
    );
    assert.deepEqual(here?.autoFreeze.policy, DEFAULT_POLICY);
    assert.equal(DEFAULT_POLICY.enabled, false);
    here.autoFreeze.configure({ enabled: true, maxKept: 3 });
    const expected = { ...DEFAULT_POLICY, enabled: true, maxKept: 3 };
    assert.deepEqual(there?.autoFreeze.policy, expected);
    there.autoFreeze.configure({ fillPercent: 50 });
    assert.deepEqual(processOf(openStore(directory), Date.now, nowhere).autoFreeze.policy, {
      ...expected,
      fillPercent: 50,
    });
  });

  it('is no commit when nothing is changed by it', () => {
    const store = openStore();
    const { autoFreeze } = processOf(store, Date.now, nowhere);
    const before = store.position;
    autoFreeze.configure({ enabled: false, fillPercent: undefined });
    assert.equal(store.position, before);
  });
});

describe('auto-freeze', () => {
  it('freezes a conversation that is full, with its exact tokens, and lets it go on', async () => {
    const { standin, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    const before = windows.sessions.get(id);
    const [outcome] = await windows.autoFreeze.run();
    assert.equal(outcome?.kind, 'frozen');
    const { state, frozenAs, salt, tokenIds } = windows.sessions.get(id);
    assert.deepEqual([state, frozenAs, salt], ['active', null, before.salt]);
    const window = windows.get({ windowId: outcome.kind === 'frozen' ? outcome.window.id : '' });
    assert.deepEqual([window.tokenIds, window.salt, window.sessionId], [tokenIds, salt, id]);
    assert.match(window.notes.join(), /Frozen by itself, while the conversation goes on: \d+/);
    await talk(windows, standin, 7, id);
    assert.equal(windows.sessions.get(id).turnCount, 2);
    const { status } = await windows.thaw({ windowId: window.id }, { replyTokens: 1 });
    assert.equal(status, 'verified');
  });

  it('freezes one that went on until its window was filled', async () => {
    const { standin, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 9);
    const { tokenIds } = windows.sessions.get(id);
    assert.ok((tokenIds?.length ?? 0) >= MAX_MODEL_LEN);
    const [outcome] = await windows.autoFreeze.run();
    assert.deepEqual(outcome?.kind === 'frozen' ? outcome.window.tokenIds : outcome, tokenIds);
  });

  it('leaves what is not full, and does nothing when it is off', async () => {
    const { standin, windows } = await openAutoFreeze();
    await talk(windows, standin, 1);
    await talk(windows, standin, 6);
    windows.autoFreeze.configure({ enabled: false });
    assert.deepEqual(await windows.autoFreeze.run(), []);
    windows.autoFreeze.configure({ enabled: true });
    assert.deepEqual(
      (await windows.autoFreeze.run()).map(({ kind }) => kind),
      ['frozen', 'left'],
    );
    assert.deepEqual(await kindsOf(windows), ['unchanged', 'not_due']);
  });

  it('freezes again only when something was said, and the cooldown is over', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    await windows.autoFreeze.run();
    clock.forward(31);
    assert.deepEqual(await kindsOf(windows), ['unchanged']);
    await windows.autoFreeze.run();
    await talk(windows, standin, 7, id);
    await windows.autoFreeze.run();
    assert.equal(names(windows).length, 2);
    await talk(windows, standin, 8, id);
    assert.deepEqual(await kindsOf(windows), ['cooldown']);
    clock.forward(30);
    assert.deepEqual(await kindsOf(windows), ['full']);
  });

  it('counts the cooldown of a thawed conversation from the window that it came from', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    const { id: windowId } = await windows.freeze({ sessionId: id });
    const { sessionId } = await windows.thaw({ windowId }, { replyTokens: 1 });
    await talk(windows, standin, 7, sessionId ?? '');
    assert.deepEqual(await kindsOf(windows), ['cooldown', 'not_active']);
    clock.forward(30);
    assert.deepEqual(await kindsOf(windows), ['full', 'not_active']);
  });

  it('takes a thawed conversation that went on with the thaw, as any other', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    const { id: windowId } = await windows.freeze({ sessionId: id });
    await windows.thaw({ windowId }, { replyTokens: 1, continueWith: 'And now?' });
    assert.deepEqual(await kindsOf(windows), ['cooldown', 'not_active']);
    clock.forward(30);
    const [outcome] = await windows.autoFreeze.run();
    assert.equal(outcome?.kind === 'frozen' && outcome.window.parentId, windowId);
  });

  it('knows how long prompts may be from the last window when the server is away', async () => {
    const { standin, clock, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    await windows.freeze({ sessionId: id }).then(({ id: windowId }) => windows.archive({ windowId }));
    await talk(windows, standin, 7, id);
    const model = standin.model;
    const other = windows.sessions.start({ model: 'other', endpoint: standin.url });
    windows.sessions.recordTurn(windows.sessions.get(other.id), {
      messages: conversation(1),
      tokenIds: [1, 2, 3],
    });
    clock.forward(2);
    await standin.close();
    const { decisions, serverFailure } = await checkAll(windows);
    assert.equal(serverFailure?.code, 'PF-5002');
    assert.deepEqual(
      decisions.map(({ session, kind }) => [session.model, session.maxModelLen, kind]),
      [
        ['other', null, 'fill_unknown'],
        [model, MAX_MODEL_LEN, 'full'],
      ],
    );
  });

  it('notes a failure for the next check of any process, waits longer each time, and forgets it when it is over', async () => {
    const { standin, clock, windows, store } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    await checkAll(windows);
    standin.faults.set({ kind: 'status', status: 500 }, { path: '/v1/completions' });
    const [outcome] = await windows.autoFreeze.run();
    assert.equal(outcome?.kind, 'failed');
    const elsewhere = processOf(openStore(store.directory), clock.now, to(standin));
    const [decision] = (await checkAll(elsewhere)).decisions;
    assert.equal(decision?.kind, 'backing_off');
    assert.match(decision.reason, /^The last try failed: PF-5004/);
    assert.deepEqual([windows.sessions.get(id).state, names(windows)], ['active', []]);
    clock.forward(1);
    await elsewhere.autoFreeze.run();
    clock.forward(1);
    assert.deepEqual(await kindsOf(windows), ['backing_off']);
    standin.faults.clear();
    clock.forward(1);
    assert.deepEqual(
      (await windows.autoFreeze.run()).map(({ kind }) => kind),
      ['frozen'],
    );
    assert.equal((await checkAll(windows)).decisions[0]?.session.failure, null);
  });

  it('does not try a server that is away for each session of a run', async () => {
    const { standin, windows } = await openAutoFreeze();
    for (let n = 0; n < 3; n++) await talk(windows, standin, 6);
    await checkAll(windows);
    await standin.close();
    let asked = 0;
    const connect = () => {
      asked += 1;
      return to(standin)();
    };
    const outcomes = await windows.autoFreeze.run({ connect });
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['failed', 'failed', 'failed'],
    );
    assert.equal(asked, 2, 'once for the length of prompts, once for the first freeze');
    assert.deepEqual(await kindsOf(windows), ['backing_off', 'backing_off', 'backing_off']);
  });

  it('tries another model of a server that failed, since another server has it', async () => {
    const { standin, windows } = await openAutoFreeze();
    const other = await standinFor({ model: 'other', maxModelLen: MAX_MODEL_LEN });
    windows.sessions.start({ model: 'other', endpoint: standin.url }, { messages: conversation(1) });
    await talk(windows, standin, 6);
    const endpoints = endpointsAt([standin.url, other.url]);
    standin.faults.set({ kind: 'status', status: 500 }, { path: '/v1/completions' });
    const outcomes = await windows.autoFreeze.run({
      connect: () => Promise.resolve(endpoints),
      stopping: true,
    });
    assert.deepEqual(
      outcomes.map(({ kind, decision }) => [kind, decision.session.model]),
      [
        ['failed', standin.model],
        ['frozen', 'other'],
      ],
    );
  });

  it('waits for a server rather than to freeze without one', async () => {
    const { standin, windows } = await openAutoFreeze();
    await talk(windows, standin, 6);
    const connect = nowhere;
    const outcomes = await windows.autoFreeze.run({ connect, stopping: true });
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['failed'],
    );
    assert.deepEqual(names(windows), []);
  });

  it('is cancelled between and within freezes, and notes no failure then', async () => {
    const { standin, windows, store } = await openAutoFreeze();
    for (let n = 0; n < 3; n++) await talk(windows, standin, 6);
    const controller = new AbortController();
    const onNext = (_next: unknown, done: number) => void (done === 1 && controller.abort());
    const before = store.position;
    const outcomes = await windows.autoFreeze.run({ stopping: true, onNext }, controller.signal);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['frozen', 'cancelled', 'cancelled'],
    );
    assert.equal(store.position, before + 1);
  });

  it('freezes every active conversation before a stop, and says of each other why not', async () => {
    const { standin, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ enabled: false });
    await talk(windows, standin, 1);
    await talk(windows, standin, 6);
    windows.sessions.start({ model: standin.model, endpoint: standin.url });
    const outcomes = await windows.autoFreeze.run({ stopping: true });
    assert.deepEqual(
      outcomes.map(({ kind, decision }) => [kind, decision.kind]),
      [
        ['left', 'empty'],
        ['frozen', 'full'],
        ['frozen', 'stopping'],
      ],
    );
  });
});

/** Endpoints where something happens while a freeze asks the server, after it has read the session. */
function connectDoing({ url }: Standin, happens: () => Promise<unknown>): Promise<Endpoints> {
  const endpoints = endpointsAt([url]);
  const [client] = endpoints.clients;
  assert.ok(client !== undefined);
  const tokenize = client.tokenize.bind(client);
  client.tokenize = async (...asked) => {
    await happens();
    return tokenize(...asked);
  };
  return Promise.resolve(endpoints);
}

describe('the decisions on all sessions, page by page', () => {
  it('are those of one page, with what is kept at most counted over all', async () => {
    const { standin, store, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ maxKept: 3 });
    await talk(windows, standin, 6);
    endSessions(store);
    for (const turns of [6, 6, 1, 6, 6, 6]) await talk(windows, standin, turns);
    const kinds = ['full', 'full', 'full', 'not_due', 'over_maximum', 'over_maximum', 'not_active'];
    assert.deepEqual(await kindsOf(windows), kinds);
    for (const limit of [1, 2, 5]) {
      const page = await windows.autoFreeze.pages();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { decisions, nextCursor, total } = page({ limit, cursor });
        seen.push(...decisions.map(({ kind }) => kind));
        assert.equal(total, 7);
        cursor = nextCursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen, kinds);
    }
  });

  it('read no more sessions for the first page than it shows', async () => {
    const { store, windows } = await openAutoFreeze();
    const where = { model: 'tiny', endpoint: 'http://127.0.0.1:8000' };
    for (let n = 0; n < 40; n++) windows.sessions.start(where, { messages: conversation(1) });
    const page = await windows.autoFreeze.pages();
    const read = store.read.bind(store);
    let rows = 0;
    store.read = (query) =>
      read((view) =>
        query({
          first: (...asked) => view.first(...asked),
          all: (...asked) => {
            const found = view.all(...asked);
            rows += found.length;
            return found;
          },
        }),
      );
    assert.equal(page({ limit: 5 }).decisions.length, 5);
    assert.ok(rows <= 6, `${rows} rows`);
  });
});

describe('two processes that decide the same', () => {
  it('freeze a session once', async () => {
    const { standin, clock, store, windows } = await openAutoFreeze();
    await talk(windows, standin, 6);
    const other = processOf(openStore(store.directory), clock.now, to(standin));
    const outcomes = await Promise.all([windows, other].map(({ autoFreeze }) => autoFreeze.run()));
    assert.deepEqual(new Set(outcomes.map(([outcome]) => outcome?.kind)), new Set(['frozen', 'overtaken']));
    assert.equal(names(windows).length, 1);
    assert.deepEqual(await kindsOf(other), ['unchanged']);
  });

  it('freeze nothing that was over meanwhile', async () => {
    const { standin, store, windows } = await openAutoFreeze();
    await talk(windows, standin, 6);
    const other = openStore(store.directory);
    const onNext = () => endSessions(other);
    const outcomes = await windows.autoFreeze.run({ onNext });
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['overtaken'],
    );
    assert.deepEqual(names(windows), []);
  });

  it('let a turn be recorded while its session is frozen, and freeze what was said before it', async () => {
    const { standin, clock, store, windows } = await openAutoFreeze();
    const id = await talk(windows, standin, 6);
    const chat = processOf(openStore(store.directory), clock.now, to(standin));
    const before = windows.sessions.get(id);
    const connect = () => connectDoing(standin, () => talk(chat, standin, 7, id));
    const [outcome] = await windows.autoFreeze.run({ connect });
    assert.deepEqual(outcome?.kind === 'frozen' && outcome.window.tokenIds, before.tokenIds);
    const [kept] = store.read(automaticWindowsIn);
    assert.equal(kept?.usedCommit, before.usedCommit, 'as late as what it holds, not as the turn after');
    assert.deepEqual(await kindsOf(windows), ['cooldown']);
  });

  it('freeze a state once, though a turn was recorded after the first of them', async () => {
    const { standin, clock, store, windows } = await openAutoFreeze();
    windows.autoFreeze.configure({ cooldownMinutes: 0 });
    const id = await talk(windows, standin, 6);
    const other = processOf(openStore(store.directory), clock.now, to(standin));
    const connect = () =>
      connectDoing(standin, async () => {
        await other.autoFreeze.run();
        await talk(other, standin, 7, id);
      });
    const [outcome] = await windows.autoFreeze.run({ connect });
    assert.deepEqual([outcome?.kind, names(windows).length], ['overtaken', 1]);
  });
});
