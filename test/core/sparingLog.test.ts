import assert from 'node:assert/strict';
import { SparingLog } from '../../src/core/sparingLog.ts';

describe('A sparing log', () => {
  it('tells the same at most once a minute, by turns with others too', () => {
    let now = 0;
    const lines: string[] = [];
    const log = new SparingLog(
      (line) => lines.push(line),
      () => now,
    );
    for (const at of [0, 1, 59_999, 60_000, 60_001]) {
      now = at;
      log.tell('a');
      log.tell(`b ${at}`, 'b');
    }
    assert.deepEqual(lines, ['a', 'b 0', 'a', 'b 60000']);
  });
});
