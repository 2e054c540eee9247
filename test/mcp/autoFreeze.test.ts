import assert from 'node:assert/strict';
import { startAutoFreeze } from '../../src/mcp/autoFreeze.ts';
import { asks, standinFor, to } from '../core/windows/openWindows.ts';
import { openTools } from '../tools/openTools.ts';
import { until } from '../editor/until.ts';

/** Timers that go off when the test says so. */
function timers() {
  const works = new Set<() => void>();
  return {
    every: (_ms: number, work: () => void) => {
      works.add(work);
      return () => works.delete(work);
    },
    goOff: () => works.forEach((work) => work()),
    get count() {
      return works.size;
    },
  };
}

describe('auto-freeze in the MCP server', () => {
  it('applies the policy after each turn that is recorded here, says so in the log, and ends with the server', async () => {
    const standin = await standinFor({ maxModelLen: 100 });
    const tools = openTools({ connect: to(standin) });
    const clock = timers();
    const lines: string[] = [];
    const open = () => tools.environment.context(undefined, 'write');
    const end = startAutoFreeze(open, (line) => lines.push(line), clock.every);
    const { windows } = await open();
    clock.goOff();
    await new Promise(setImmediate);
    await tools.answer('auto_freeze_config', { enabled: true });
    const tokenIds = Array.from({ length: 80 }, (_, n) => n);
    const where = { model: standin.model, endpoint: standin.url };
    const { id } = windows.sessions.start(where, { messages: [asks('How cold?')], tokenIds });
    await until('it is frozen', () => Promise.resolve(lines[0]));
    assert.match(
      lines.join(),
      new RegExp(`^auto-freeze, session ${id}: Frozen as “How cold\\?”: 80 % filled`),
    );
    assert.equal(windows.list({ limit: 1 }).total, 1);
    end();
    assert.equal(clock.count, 0);
  });

  it('looks as soon as it begins for what is due', async () => {
    const standin = await standinFor({ maxModelLen: 100 });
    const tools = openTools({ connect: to(standin) });
    const clock = timers();
    const lines: string[] = [];
    const open = () => tools.environment.context(undefined, 'write');
    const { windows } = await open();
    windows.autoFreeze.configure({ enabled: true });
    const tokenIds = Array.from({ length: 80 }, (_, n) => n);
    const where = { model: standin.model, endpoint: standin.url };
    windows.sessions.start(where, { messages: [asks('How cold?')], tokenIds });
    const end = startAutoFreeze(open, (line) => lines.push(line), clock.every);
    clock.goOff();
    await until('it is frozen', () => Promise.resolve(lines[0]));
    end();
  });
});
