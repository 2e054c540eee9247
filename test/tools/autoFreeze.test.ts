import assert from 'node:assert/strict';
import * as z from 'zod';
import { DEFAULT_POLICY } from '../../src/core/windows/autoFreeze/policy.ts';
import { allTools } from '../../src/tools/index.ts';
import { asks, standinFor, to } from '../core/windows/openWindows.ts';
import { openTools } from './openTools.ts';

const Check = z.object({
  policy: z.record(z.string(), z.unknown()),
  decisions: z.array(z.looseObject({ sessionId: z.string(), kind: z.string() })),
  total: z.number(),
  nextCursor: z.string().optional(),
  notes: z.array(z.string()),
});

/** Tools, a server, and so many sessions that are filled by so many tokens. */
async function open(...fills: readonly number[]) {
  const standin = await standinFor({ maxModelLen: 1_000 });
  const tools = openTools({ connect: to(standin) });
  const context = await tools.environment.context(undefined, 'write');
  const ids = fills.map((tokens) => {
    const tokenIds = Array.from({ length: tokens }, (_, n) => n % 50);
    const where = { model: standin.model, endpoint: standin.url };
    return context.windows.sessions.start(where, { messages: [asks('How cold?')], tokenIds }).id;
  });
  const check = async (input: object = {}) => Check.parse(await tools.answer('auto_freeze_check', input));
  return { standin, tools, context, ids, check };
}

describe('auto_freeze_config', () => {
  it('reads the policy, and changes what is given alone', async () => {
    const { tools } = await open();
    assert.deepEqual(await tools.answer('auto_freeze_config', {}), { policy: DEFAULT_POLICY });
    const change = { enabled: true, idleMinutes: 0, maxKept: null };
    const policy = { ...DEFAULT_POLICY, enabled: true, idleMinutes: 0 };
    assert.deepEqual(await tools.answer('auto_freeze_config', change), { policy });
    const answer = await tools.call('auto_freeze_config', { fillPercent: 60 });
    assert.ok(!answer.isError);
    assert.deepEqual(answer.structuredContent, { policy: { ...policy, fillPercent: 60 } });
    assert.match(
      answer.texts.join(),
      /^Auto-freeze is on\. It freezes a conversation that is 60 % filled, and.* within half a minute\.$/,
    );
    const off = await tools.call('auto_freeze_config', { enabled: false });
    assert.doesNotMatch(off.texts.join(), /half a minute/);
  });

  const BAD: Record<string, [input: object, message: RegExp]> = {
    'a fill of nothing': [{ fillPercent: 0 }, /fillPercent: .*1/],
    'more than all': [{ fillPercent: 101 }, /fillPercent: .*100/],
    'half a percent': [{ fillPercent: 50.5 }, /fillPercent: .*int/],
    'less than no time': [{ idleMinutes: -1 }, /idleMinutes: .*0/],
    'an endless cooldown': [{ cooldownMinutes: 10_081 }, /cooldownMinutes: .*10080/],
    'nothing kept': [{ maxKept: 0 }, /maxKept: .*1/],
    'a yes that is text': [{ enabled: 'yes' }, /enabled: .*boolean/],
    'an unknown rule': [{ fill: 80 }, /unknown field "fill"/],
  };
  for (const [what, [input, message]] of Object.entries(BAD)) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const { tools } = await open();
      const refusal = await tools.refusal('auto_freeze_config', { maxKept: 3, ...input });
      assert.equal(refusal.code, 'PF-1001');
      assert.match(refusal.message, message);
      assert.deepEqual(await tools.answer('auto_freeze_config', {}), { policy: DEFAULT_POLICY });
    });
  }
});

describe('auto_freeze_check', () => {
  it('says for each session what would happen and why, and changes nothing', async () => {
    const { tools, context, ids, check, standin } = await open(749, 800);
    await tools.answer('auto_freeze_config', { enabled: true });
    const before = context.store.position;
    const [full, filling] = (await check()).decisions;
    const { idleMinutes, ...rest } = z.looseObject({ idleMinutes: z.number() }).parse(full);
    assert.ok(idleMinutes >= 0);
    assert.deepEqual(rest, {
      sessionId: ids[1], title: 'How cold?', state: 'active', model: standin.model, freeze: true, kind: 'full',
      reason: '80 % filled (800 of 1000 tokens), at least 75 %.', fillPercent: 80, tokenCount: 800, maxModelLen: 1_000,
      cooldownLeftMinutes: 0,
    }); // prettier-ignore
    assert.deepEqual(
      [filling?.kind, filling?.['freeze'], filling?.['fillPercent']],
      ['not_due', false, 74.9],
    );
    assert.equal(context.store.position, before);
    assert.equal(context.windows.list({ limit: 1 }).total, 0);
  });

  it('says what the policy would do while it is off', async () => {
    const { tools, check } = await open(800);
    assert.equal((await check()).decisions[0]?.kind, 'off');
    const { texts } = await tools.call('auto_freeze_check', {});
    assert.match(texts.join(), /stays \(off\): Auto-freeze is off\. With it on, it would be frozen: 80 %/);
  });

  it('says that the server was not there to ask', async () => {
    const { check, standin } = await open(800);
    await standin.close();
    const { decisions, notes } = await check();
    assert.match(notes.join(), /PF-5002/);
    assert.equal(decisions[0]?.['fillPercent'], null);
  });

  it('gives its decisions page by page, and within a budget', async () => {
    const { check, ids } = await open(10, 20, 30, 40, 50);
    const first = await check({ limit: 2 });
    const second = await check({ limit: 2, cursor: first.nextCursor });
    const third = await check({ limit: 2, cursor: second.nextCursor });
    const pages = [first, second, third].flatMap(({ decisions }) => decisions.map((each) => each.sessionId));
    assert.deepEqual([pages, third.nextCursor, third.total], [ids.toReversed(), undefined, 5]);
    const { decisions, nextCursor } = await check({ maxTokens: 400 });
    assert.ok(decisions.length < 5 && nextCursor !== undefined);
  });

  it('refuses a cursor of another list', async () => {
    const { tools } = await open(10);
    assert.equal((await tools.refusal('auto_freeze_check', { cursor: 'abc' })).code, 'PF-1001');
  });

  it('is offered to those who may only read, and the policy cannot be changed by them', () => {
    const readable = new Set(
      allTools.filter(({ annotations }) => annotations.readOnlyHint).map(({ name }) => name),
    );
    assert.deepEqual([readable.has('auto_freeze_check'), readable.has('auto_freeze_config')], [true, false]);
  });
});
