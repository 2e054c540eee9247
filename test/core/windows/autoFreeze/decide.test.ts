import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decide, surplus, type Decision } from '../../../../src/core/windows/autoFreeze/decide.ts';
import { DEFAULT_POLICY, type AutoFreezePolicy } from '../../../../src/core/windows/autoFreeze/policy.ts';
import type { AutomaticWindow, SessionFacts } from '../../../../src/core/windows/autoFreeze/facts.ts';
import { DECISION_KINDS, type DecisionKind } from '../../../../src/core/windows/autoFreeze/verdict.ts';
import { SESSION_STATES } from '../../../../src/core/windows/session.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 20);
const ON: AutoFreezePolicy = { ...DEFAULT_POLICY, enabled: true };

const FULL: SessionFacts = {
  id: 'a',
  title: 'Glacier',
  state: 'active',
  model: 'tiny',
  endpoint: 'http://127.0.0.1:8000',
  messageCount: 4,
  turnCount: 2,
  tokenCount: 750,
  maxModelLen: 1_000,
  usedAt: NOW - 10 * MINUTE,
  usedCommit: 7,
  frozenAt: null,
  frozenTurns: null,
  failure: null,
};
const HALF = { ...FULL, tokenCount: 500 };
const failedAgo = (ago: number, failures = 1) => ({
  failures,
  sentence: 'PF-5002: away.',
  at: NOW - ago * MINUTE,
});

interface Case {
  readonly session: SessionFacts;
  readonly policy?: AutoFreezePolicy;
  readonly kept?: readonly AutomaticWindow[];
  readonly stopping?: boolean;
  readonly kind: DecisionKind;
  readonly reason: RegExp;
}

const CASES: Record<string, Case> = {
  'freezes what is as full as the policy says': {
    session: FULL,
    kind: 'full',
    reason: /^75 % filled \(750 of 1000 tokens\), at least 75 %\.$/,
  },
  'leaves what is a token less full, and says how full it is': {
    session: { ...FULL, tokenCount: 749 },
    kind: 'not_due',
    reason: /^74\.9 % filled .*, below 75 %; idle for 10 min of 60 min\.$/,
  },
  'freezes what nobody spoke in for long enough': {
    session: { ...HALF, usedAt: NOW - 60 * MINUTE },
    kind: 'idle',
    reason: /^Idle for 60 min, at least 60 min\.$/,
  },
  'freezes what is idle though nobody knows how full it is': {
    session: { ...FULL, tokenCount: null, usedAt: NOW - 90 * MINUTE },
    kind: 'idle',
    reason: /^Idle for 90 min/,
  },
  'freezes nothing for idleness when that is turned off': {
    session: { ...HALF, usedAt: 0 },
    policy: { ...ON, idleMinutes: 0 },
    kind: 'not_due',
    reason: /below 75 %\.$/,
  },
  'does not guess a fill without token ids': {
    session: { ...FULL, tokenCount: null },
    kind: 'fill_unknown',
    reason: /not known \(the server did not tell its token ids\)/,
  },
  'does not guess a fill without the length of the model': {
    session: { ...FULL, maxModelLen: null },
    kind: 'fill_unknown',
    reason: /not known \(nobody told the max_model_len of tiny\)/,
  },
  'leaves a frozen session': {
    session: { ...FULL, state: 'frozen' },
    kind: 'not_active',
    reason: /frozen already/,
  },
  'leaves a thawed session until it has a turn of its own': {
    session: { ...FULL, state: 'thawed' },
    kind: 'not_active',
    reason: /no turn of its own/,
  },
  'leaves a session that is over': {
    session: { ...FULL, state: 'expired' },
    kind: 'not_active',
    reason: /over/,
  },
  'leaves a session without messages': {
    session: { ...FULL, messageCount: 0, turnCount: 0 },
    kind: 'empty',
    reason: /Nothing was said in it yet/,
  },
  'leaves a session in which nothing was said since': {
    session: { ...FULL, frozenAt: 0, frozenTurns: 2 },
    kind: 'unchanged',
    reason: /since it was last frozen/,
  },
  'waits until the cooldown is over': {
    session: { ...FULL, frozenAt: NOW - 29 * MINUTE, frozenTurns: 1 },
    kind: 'cooldown',
    reason: /^It was frozen 29 min ago, and may be again in 1 min\.$/,
  },
  'freezes again when the cooldown is over': {
    session: { ...FULL, frozenAt: NOW - 30 * MINUTE, frozenTurns: 1 },
    kind: 'full',
    reason: /75 %/,
  },
  'waits a minute after a failure, and says what failed': {
    session: { ...FULL, failure: failedAgo(0.5) },
    kind: 'backing_off',
    reason: /^The last try failed: PF-5002: away\. It is tried again in 30 s\.$/,
  },
  'waits twice as long after each failure': {
    session: { ...FULL, failure: failedAgo(7, 4) },
    kind: 'backing_off',
    reason: /^Each of the last 4 tries failed: .* in 1 min\.$/,
  },
  'tries again at least each hour, and still says what failed': {
    session: { ...FULL, failure: failedAgo(60, 4_000) },
    kind: 'full',
    reason: /at least 75 %\. Each of the last 4000 tries failed: PF-5002/,
  },
  'says what it would do when it is off': {
    session: FULL,
    policy: DEFAULT_POLICY,
    kind: 'off',
    reason: /^Auto-freeze is off\. With it on, it would be frozen: 75 % filled/,
  },
  'freezes everything before the server is stopped': {
    session: { ...HALF, frozenAt: NOW - MINUTE, frozenTurns: 1, failure: failedAgo(0) },
    policy: DEFAULT_POLICY,
    stopping: true,
    kind: 'stopping',
    reason: /about to be stopped/,
  },
  'freezes only what is due before a stop when the policy says so': {
    session: HALF,
    policy: { ...DEFAULT_POLICY, beforeStop: false },
    stopping: true,
    kind: 'not_due',
    reason: /below 75 %/,
  },
  'does not freeze twice what did not change, before a stop either': {
    session: { ...FULL, frozenAt: 0, frozenTurns: 2 },
    stopping: true,
    kind: 'unchanged',
    reason: /Nothing was said/,
  },
  'leaves none out before a stop, however many windows are kept': {
    session: FULL,
    policy: { ...ON, maxKept: 1 },
    kept: [{ id: 'w', sessionId: 'b', usedCommit: 8 }],
    stopping: true,
    kind: 'full',
    reason: /75 %/,
  },
  'pushes out no window of a conversation that was used later': {
    session: FULL,
    policy: { ...ON, maxKept: 1 },
    kept: [{ id: 'w', sessionId: 'b', usedCommit: 8 }],
    kind: 'over_maximum',
    reason: /^At most 1 windows/,
  },
  'pushes out a window of a conversation that was used before': {
    session: FULL,
    policy: { ...ON, maxKept: 1 },
    kept: [{ id: 'w', sessionId: 'b', usedCommit: 6 }],
    kind: 'full',
    reason: /75 %/,
  },
  'does not take turns with a conversation that was used by the same commit': {
    session: FULL,
    policy: { ...ON, maxKept: 1 },
    kept: [{ id: 'w', sessionId: 'b', usedCommit: 7 }],
    kind: 'over_maximum',
    reason: /^At most 1 windows/,
  },
};

const FREEZES: readonly DecisionKind[] = ['full', 'idle', 'stopping'];

describe('a decision of auto-freeze', () => {
  for (const [what, { session, policy = ON, kept = [], stopping = false, kind, reason }] of Object.entries(
    CASES,
  )) {
    it(what, () => {
      const [decision] = decide([session], kept, { policy, now: NOW, stopping });
      assert.equal(decision?.kind, kind);
      assert.match(decision.reason, reason);
      assert.equal(decision.freeze, FREEZES.includes(kind));
    });
  }

  it('takes those that were used last when there are too many', () => {
    const sessions = [3, 9, 5].map((usedCommit) => ({ ...FULL, id: String(usedCommit), usedCommit }));
    const decisions = decide(sessions, [], { policy: { ...ON, maxKept: 2 }, now: NOW, stopping: false });
    assert.deepEqual(
      decisions.map(({ kind }) => kind),
      ['over_maximum', 'full', 'full'],
    );
  });

  it('tells the fill, how long it is idle and what is left of the cooldown', () => {
    const session = { ...FULL, frozenAt: NOW - 10 * MINUTE, frozenTurns: 1 };
    const [decision] = decide([session], [], { policy: ON, now: NOW, stopping: false });
    assert.deepEqual(
      [decision?.fillPercent, decision?.idleMs, decision?.cooldownLeftMs, decision?.changesAt],
      [75, 10 * MINUTE, 20 * MINUTE, NOW + 20 * MINUTE],
    );
  });

  it('makes nobody wait for ever when the clock was put back', () => {
    const session = { ...FULL, frozenAt: NOW + 1_000 * MINUTE, frozenTurns: 1 };
    const [decision] = decide([session], [], { policy: ON, now: NOW, stopping: false });
    assert.equal(decision?.kind, 'full');
  });
});

const anyPolicy: fc.Arbitrary<AutoFreezePolicy> = fc.record({
  enabled: fc.boolean(),
  fillPercent: fc.integer({ min: 1, max: 100 }),
  idleMinutes: fc.integer({ min: 0, max: 90 }),
  beforeStop: fc.boolean(),
  cooldownMinutes: fc.integer({ min: 0, max: 60 }),
  maxKept: fc.integer({ min: 1, max: 4 }),
});
const anyTime = fc.integer({ min: NOW - 120 * MINUTE, max: NOW });
const anySession: fc.Arbitrary<SessionFacts> = fc.record({
  id: fc.uuid(),
  title: fc.constant('Glacier'),
  state: fc.constantFrom('active' as const, 'active' as const, 'active' as const, ...SESSION_STATES),
  model: fc.constant('tiny'),
  endpoint: fc.constant('http://127.0.0.1:8000'),
  messageCount: fc.nat({ max: 6 }),
  turnCount: fc.nat({ max: 3 }),
  tokenCount: fc.option(fc.integer({ min: 1, max: 1_000 })),
  maxModelLen: fc.option(fc.constant(1_000)),
  usedAt: anyTime,
  usedCommit: fc.integer({ min: 1, max: 12 }),
  frozenAt: fc.option(anyTime),
  frozenTurns: fc.option(fc.nat({ max: 3 })),
  failure: fc.option(
    fc.record({ failures: fc.integer({ min: 1, max: 9 }), sentence: fc.constant('PF-5002'), at: anyTime }),
  ),
});
const anySessions = fc.uniqueArray(anySession, { selector: ({ id }) => id, maxLength: 8 });
const anyKept = fc.uniqueArray(
  fc.record({ id: fc.uuid(), sessionId: fc.uuid(), usedCommit: fc.integer({ min: 1, max: 12 }) }),
  { selector: ({ id }) => id, maxLength: 6 }, // prettier-ignore
);
const anyRules = fc.record({ policy: anyPolicy, now: fc.constant(NOW), stopping: fc.boolean() });

/** What is frozen of a session: a later window has a greater id. */
const windowOf = ({ session: { id, usedCommit } }: Decision): AutomaticWindow => ({
  id: `~${id}`,
  sessionId: id,
  usedCommit,
});

describe('the decisions of auto-freeze, whatever there is', () => {
  const holds = (
    law: (...given: [SessionFacts[], AutomaticWindow[], Parameters<typeof decide>[2]]) => void,
  ) => fc.assert(fc.property(anySessions, anyKept, anyRules, law), { numRuns: 300 });

  it('are one for each session, in order, with a kind that says whether it is frozen', () => {
    holds((sessions, kept, rules) => {
      const decisions = decide(sessions, kept, rules);
      assert.deepEqual(
        decisions.map(({ session }) => session),
        sessions,
      );
      for (const { kind, freeze, reason } of decisions) {
        assert.ok(DECISION_KINDS.includes(kind));
        assert.equal(freeze, FREEZES.includes(kind));
        assert.match(reason, /\S.*\.$|PF-5002/);
      }
    });
  });

  it('freeze only what is active, and what something was said in since', () => {
    holds((sessions, kept, rules) => {
      for (const { freeze, session } of decide(sessions, kept, rules)) {
        if (!freeze) continue;
        assert.equal(session.state, 'active');
        assert.ok(session.messageCount > 0 && session.turnCount > (session.frozenTurns ?? -1));
      }
    });
  });

  it('freeze nothing by themselves when off, within the cooldown or while backing off', () => {
    holds((sessions, kept, rules) => {
      const byItself = { ...rules, stopping: false };
      for (const { freeze, session, cooldownLeftMs } of decide(sessions, kept, byItself)) {
        if (!freeze) continue;
        assert.ok(rules.policy.enabled);
        assert.equal(cooldownLeftMs, 0);
        assert.ok(
          session.frozenAt === null || NOW - session.frozenAt >= rules.policy.cooldownMinutes * MINUTE,
        );
        assert.ok(session.failure === null || NOW - session.failure.at >= MINUTE);
      }
    });
  });

  it('are no more than the policy keeps, and what was frozen stays when the surplus goes', () => {
    holds((sessions, kept, rules) => {
      const frozen = decide(sessions, kept, { ...rules, stopping: false })
        .filter(({ freeze }) => freeze)
        .map(windowOf);
      assert.ok(frozen.length <= rules.policy.maxKept);
      const after = [...kept, ...frozen];
      const gone = surplus(after, rules.policy);
      assert.equal(after.length - gone.length, Math.min(after.length, rules.policy.maxKept));
      assert.deepEqual(
        gone.filter((window) => frozen.includes(window)),
        [],
      );
    });
  });

  it('come to rest: when what is due was frozen, nothing is due', () => {
    holds((sessions, kept, rules) => {
      const due = decide(sessions, kept, rules).filter(({ freeze }) => freeze);
      const frozen = new Set(due.map(({ session }) => session));
      const after = sessions.map((session) =>
        frozen.has(session)
          ? { ...session, frozenAt: NOW, frozenTurns: session.turnCount, failure: null }
          : session,
      );
      const windows = [...kept, ...due.map(windowOf)];
      const gone = new Set(surplus(windows, rules.policy));
      const left = windows.filter((window) => !gone.has(window));
      assert.deepEqual(
        decide(after, left, rules).filter(({ freeze }) => freeze),
        [],
      );
    });
  });
});
