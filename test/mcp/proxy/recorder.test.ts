import assert from 'node:assert/strict';
import { contextDamaged, internal, type PermafrostError } from '../../../src/core/errors.ts';
import type { UnnamedTurn } from '../../../src/core/windows/sessions.ts';
import { Recorder } from '../../../src/mcp/proxy/recorder.ts';

describe('turns that cannot be kept together', () => {
  /** Keeps two turns where whatever holds the first one fails. */
  function recordTwo(failure: PermafrostError) {
    const tried: number[] = [];
    const lines: string[] = [];
    const record = (...turns: readonly UnnamedTurn[]): string[] => {
      tried.push(turns.length);
      if (turns.some(({ turn }) => turn.messages[0]?.content === 'first')) throw failure;
      return [];
    };
    const sessions = { find: () => undefined, record, beginAnswer: () => () => undefined };
    const recorder = new Recorder({ sessions, endpoint: 'http://h:1', log: (line) => lines.push(line) });
    for (const content of ['first', 'second']) {
      const messages = [{ role: 'user', content }];
      recorder.record({ model: 'tiny', template: {}, messages, salt: undefined }, 'salt', { messages });
    }
    recorder.flush();
    return { tried, lines };
  }

  it('are kept one by one, so that one costs no other', () => {
    const { tried, lines } = recordTwo(internal('this turn'));
    assert.deepEqual(tried, [2, 1, 1]);
    assert.equal(lines.length, 1);
  });

  it('are tried once where it is the context that fails, which may have some of them', () => {
    const { tried, lines } = recordTwo(contextDamaged(['a file']));
    assert.deepEqual(tried, [2]);
    assert.match(lines.join(), /^2 turns were not recorded: PF-4007/);
  });
});
