import assert from 'node:assert/strict';
import { endpointUnreachable } from '../../../src/core/errors.ts';
import { decide, type Decision } from '../../../src/core/windows/autoFreeze/decide.ts';
import type { Outcome } from '../../../src/core/windows/autoFreeze/freezeDue.ts';
import { AutoFreezePolicy, DEFAULT_POLICY } from '../../../src/core/windows/autoFreeze/policy.ts';
import type { SessionFacts } from '../../../src/core/windows/autoFreeze/facts.ts';
import { freezeAllReport, freezeAllSummary } from '../../../src/vscode/windows/autoFreezeReport.ts';
import { fillText } from '../../../src/vscode/windows/fillText.ts';
import { FreezeNotices } from '../../../src/vscode/windows/freezeNotices.ts';
import { policyRules, ruleNames, typedChange } from '../../../src/vscode/windows/policyRules.ts';
import { openStore } from '../../core/store/openStore.ts';
import { conversation, standinFor, to, windowsOf } from '../../core/windows/openWindows.ts';

const policy = { ...DEFAULT_POLICY, enabled: true };

function decisionOn(facts: Partial<SessionFacts>): Decision {
  const session: SessionFacts = {
    id: 'a', title: 'Glacier', state: 'active', model: 'tiny', endpoint: null, messageCount: 2, turnCount: 1,
    tokenCount: 10_240, maxModelLen: 16_384, usedAt: 0, usedCommit: 1, frozenAt: null, frozenTurns: null,
    failure: null, ...facts,
  }; // prettier-ignore
  const [decision] = decide([session], [], { policy, now: 0, stopping: false });
  assert.ok(decision !== undefined);
  return decision;
}

const identity = { id: 'C1', name: 'fox', createdAt: '' };

/** Two conversations that were frozen by themselves. */
async function frozenTwo() {
  const standin = await standinFor({ maxModelLen: 100 });
  const store = openStore();
  const windows = windowsOf(store, to(standin));
  windows.autoFreeze.configure({ enabled: true, cooldownMinutes: 0 });
  const tokenIds = Array.from({ length: 80 }, (_, n) => n);
  const where = { model: standin.model, endpoint: standin.url };
  for (let n = 0; n < 2; n++) windows.sessions.start(where, { messages: conversation(1), tokenIds });
  return { store, windows, outcomes: await windows.autoFreeze.run() };
}

describe('the fill of a context window in the status bar', () => {
  it('is a percentage, whose tooltip says model, tokens, limit and what the policy does', () => {
    const { text, tooltip } = fillText(decisionOn({}));
    assert.equal(text, '$(archive) 62 %');
    assert.match(tooltip, /“Glacier”\nModel: tiny\nTokens: 10,240 of 16,384\nAuto-freeze: 62\.5 % filled/);
  });

  it('is not made up when it is not known', () => {
    const { text, tooltip } = fillText(decisionOn({ tokenCount: null, maxModelLen: null }));
    assert.equal(text, '$(archive) ? %');
    assert.match(tooltip, /Tokens: an unknown number of an unknown number\n.*not known/);
  });
});

describe('the notice of an automatic freeze', () => {
  async function open(answer?: string) {
    const { store, windows, outcomes } = await frozenTwo();
    const asked: string[] = [];
    const shown: string[] = [];
    let undone = 0;
    const notices = new FreezeNotices({
      ask: (message, ...buttons) => {
        asked.push([message, ...buttons].join('|'));
        return Promise.resolve(answer);
      },
      show: ({ identity: { id } }, { name }) => Promise.resolve(shown.push(`${id}: ${name}`)),
      undone: () => (undone += 1),
    });
    const total = () => windows.list({ limit: 1 }).total;
    return { store, windows, outcomes, notices, asked, shown, total, undone: () => undone };
  }

  it('is given once for a conversation, however often it is frozen', async () => {
    const { windows, outcomes, notices, asked, total } = await open();
    await notices.announce({ identity, windows }, outcomes);
    await notices.announce({ identity, windows }, outcomes);
    assert.deepEqual(asked, ['Froze 2 conversations by the policy of this folder. They go on.|Undo']);
    assert.equal(total(), 2);
  });

  it('shows the window when it is asked to', async () => {
    const { windows, outcomes, notices, shown } = await open('Show');
    await notices.announce({ identity, windows }, outcomes.slice(0, 1));
    assert.equal(shown.length, 1);
  });

  it('takes the windows back with Undo, in one commit, and they are not frozen again', async () => {
    const { store, windows, outcomes, notices, total, undone } = await open('Undo');
    const before = store.position;
    await notices.announce({ identity, windows }, outcomes);
    assert.deepEqual([total(), undone(), store.position], [0, 1, before + 1]);
    assert.deepEqual(
      (await windows.autoFreeze.run()).map(({ kind }) => kind),
      ['left', 'left'],
    );
    assert.equal(total(), 0);
  });

  it('takes back none of the windows when one cannot be, and says so', async () => {
    const { windows, outcomes, notices, total } = await open('Undo');
    const [, second] = outcomes;
    assert.ok(second?.kind === 'frozen');
    windows.clone({ windowId: second.window.id }, { name: 'Clone' });
    await assert.rejects(notices.announce({ identity, windows }, outcomes), { code: 'PF-3005' });
    assert.equal(total(), 3);
  });

  it('is not given again of a conversation that went on and was frozen again after Undo', async () => {
    const { windows, outcomes, notices, asked, total } = await open('Undo');
    await notices.announce({ identity, windows }, outcomes);
    for (const { decision } of outcomes) {
      const { id, turnCount, messages, tokenIds } = windows.sessions.get(decision.session.id);
      const more = { messages: [...messages, ...conversation(1)], tokenIds: [...(tokenIds ?? []), 1] };
      windows.sessions.recordTurn({ id, turnCount }, more);
    }
    const again = await windows.autoFreeze.run();
    assert.deepEqual([again.map(({ kind }) => kind), total()], [['frozen', 'frozen'], 2]);
    await notices.announce({ identity, windows }, again);
    assert.equal(asked.length, 1);
  });

  it('is not given when nothing was frozen', async () => {
    const { windows, notices, asked } = await open();
    await notices.announce({ identity, windows }, [{ kind: 'left', decision: decisionOn({}) }]);
    assert.deepEqual(asked, []);
  });
});

describe('the report of Freeze All Conversations', () => {
  it('says what was frozen, what was not, and why', async () => {
    const { outcomes } = await frozenTwo();
    const error = endpointUnreachable('http://127.0.0.1:8000', new Error('refused'));
    const all: Outcome[] = [
      ...outcomes,
      { kind: 'failed', decision: decisionOn({ title: 'Lost' }), error },
      { kind: 'cancelled', decision: decisionOn({ title: 'Late' }) },
      { kind: 'left', decision: decisionOn({ title: 'Quiet', messageCount: 0 }) },
    ];
    const report = freezeAllReport(all);
    assert.equal(freezeAllSummary(all), '2 of 5 active conversations were frozen, 1 failed, 1 cancelled.');
    const [, frozen = '', others = ''] = report.split('\n## ');
    assert.match(frozen, /^Frozen\n\n- .*: Frozen as “Question 0.*”: 80 % filled/);
    assert.match(others, /- \*\*Lost\*\*: Not frozen: PF-5002/);
    assert.match(others, /- \*\*Late\*\*: Not frozen: it was cancelled before\./);
    assert.match(others, /- \*\*Quiet\*\*: Not frozen: Nothing was said in it yet\./);
  });
});

describe('the rules of the policy that a person can edit', () => {
  it('are all there are, each with its value', () => {
    assert.deepEqual(ruleNames, Object.keys(AutoFreezePolicy.shape));
    assert.deepEqual(
      ruleNames.map((rule) => policyRules[rule].value(DEFAULT_POLICY)),
      ['no', '75 %', '60 minutes', 'yes', '30 minutes', '20'],
    );
  });

  it('take what fits, and nothing else', () => {
    assert.deepEqual(typedChange('fillPercent', ' 80 '), { fillPercent: 80 });
    assert.deepEqual(typedChange('idleMinutes', '0'), { idleMinutes: 0 });
    for (const typed of ['', ' ', 'eighty', '0', '101', '7.5', '1e9'])
      assert.equal(typedChange('fillPercent', typed), undefined, typed);
  });
});
