import assert from 'node:assert/strict';
import type { Store } from '../../../src/core/store/store.ts';
import type { SqlValue } from '../../../src/core/log/commit.ts';
import { text } from '../../../src/core/store/row.ts';
import { asks, conversation, openWindows } from './openWindows.ts';

interface Asked {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** All that is asked of a store or written in it during `work`. */
async function askedDuring(store: Store, work: () => unknown): Promise<Asked[]> {
  const asked: Asked[] = [];
  const [read, write] = [store.read.bind(store), store.write.bind(store)];
  const watch = <View extends object>(view: View): View =>
    new Proxy(view, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (sql: string, parameters: readonly SqlValue[] = []): unknown => {
          asked.push({ sql, parameters });
          return Reflect.apply(value, target, [sql, parameters]);
        };
      },
    });
  store.read = (query) => read((view) => query(watch(view)));
  store.write = (change) => write((tx) => change(watch(tx)));
  try {
    await work();
  } finally {
    Object.assign(store, { read, write });
  }
  return asked;
}

/** The tables that a statement reads from end to end. */
function scannedBy(store: Store, { sql, parameters }: Asked): string[] {
  if (!/^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)/.test(sql)) return [];
  const plan = store.read((view) => view.all(`EXPLAIN QUERY PLAN ${sql}`, parameters));
  return plan
    .map((row) => text(row, 'detail'))
    .filter((detail) => /^SCAN (sessions|windows|session_turns|s|w|t)\b(?!.*USING INDEX)/.test(detail))
    .map((detail) => `${detail}: ${sql}`);
}

describe('no list of all sessions or windows is read', () => {
  const WORK: Record<
    string,
    (opened: Awaited<ReturnType<typeof openWindows>>, sessionId: string) => unknown
  > = {
    'to record a turn': ({ windows }, sessionId) => {
      const session = windows.sessions.get(sessionId);
      return windows.sessions.recordTurn(session, { messages: [...session.messages, asks('More')] });
    },
    'to freeze, thaw, clone, rename and delete a window, and to bring it back': async (
      { windows },
      sessionId,
    ) => {
      await windows.freeze({ sessionId }, { name: 'Ice' });
      await windows.thaw({ name: 'Ice' }, { replyTokens: 1 });
      windows.clone({ name: 'Ice' }, { name: 'Clone' });
      windows.change({ name: 'Ice' }, { name: 'Snow' });
      windows.unarchive(windows.archive({ name: 'Snow' }, { cascade: true }));
      windows.deleteForGood({ name: 'Snow' }, { cascade: true });
    },
    'to freeze a conversation by itself whose server says no length': async (
      { windows, standin },
      sessionId,
    ) => {
      standin.faults.set({ kind: 'status', status: 500 }, { path: '/v1/models' });
      await windows.autoFreeze.run({ sessions: { ids: [sessionId] } });
    },
  };
  for (const [what, work] of Object.entries(WORK)) {
    it(what, async () => {
      const opened = await openWindows();
      const { standin, store, windows } = opened;
      windows.autoFreeze.configure({ enabled: true });
      const turn = { messages: conversation(2), tokenIds: Array.from({ length: 80 }, (_, n) => n) };
      const { id } = windows.sessions.start({ model: standin.model, endpoint: standin.url }, turn);
      const asked = await askedDuring(store, () => work(opened, id));
      assert.ok(asked.length > 2);
      assert.deepEqual(
        asked.flatMap((each) => scannedBy(store, each)),
        [],
      );
    });
  }
});
